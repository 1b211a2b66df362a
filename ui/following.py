"""How an indexing job goes on, and what to do with what it made."""

import streamlit as st

from qa_system.ui import render
from qa_system.ui.job import IndexJob

REDRAWN = "500ms"
STAGES = {
    "reviews": "Reading reviews",
    "labels": "Keeping what was marked in them; they can be asked meanwhile",
    "vectors": "Embedding them; they can be asked meanwhile",
}


def follow(job: IndexJob) -> None:
    """
    Show how a job goes on, anew twice a second while it does.

    :param job: The job.
    """
    st.fragment(_show_job, run_every=REDRAWN if job.is_running else None)(job)


def _show_job(job: IndexJob) -> None:
    running = job.is_running
    done = f"{job.report.written + job.report.replaced:,} reviews written, {job.report.unchanged:,} were there already"
    if running:
        st.progress(job.share, STAGES[job.stage])
        st.button("Stop", on_click=job.stop)
    elif job.error:
        st.html(render.notice(job.error))
    else:
        st.html(render.heading("Done", done))
    _show_rejected(job)
    asked = job.can_be_asked and st.button("Ask them", type="primary", on_click=_ask, args=(job.store.name,))
    ended = not running and st.session_state.get("ended job") is not job
    if ended:
        st.session_state["ended job"] = job
    if asked or ended:
        st.rerun()  # the whole page: this part of it runs alone


def _show_rejected(job: IndexJob) -> None:
    if job.rejections:
        rows = "\n".join(f"Row {rejection.line}: {rejection.reason}" for rejection in job.rejections)
        st.html(render.notice(f"{job.report.rejected:,} rows could not be read, among them:\n{rows}"))


def _ask(name: str) -> None:
    st.session_state.update({"store": name, "tab": "Ask", "product": None, "question": None})
