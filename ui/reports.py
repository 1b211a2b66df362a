"""The reports of `qa eval`, opened in place."""

from pathlib import Path

import streamlit as st

from qa_system import Settings
from qa_system.ui import render

NO_SCRIPTS = (
    '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
"""A report loads and runs nothing; whatever else lies in the folder shall not either."""

HEIGHT = 900
"""In pixels; what would measure a report's own height is a script."""


def show_reports(settings: Settings) -> None:
    """
    Let a visitor read how well retrievers and readers do.

    :param settings: The server's; they name the folder.
    """
    reports = find_reports(settings.ui.reports)
    if not reports:
        st.html(
            render.notice(
                f"There are no reports in {settings.ui.reports}.",
                advice="Make one: qa eval pipeline sample. The setting ui.reports names another folder.",
            )
        )
        return
    st.set_page_config(layout="wide")
    name = st.selectbox("Report", list(reports), key="report", bind="query-params")
    st.iframe(without_scripts(reports[name].read_text(encoding="utf-8", errors="replace")), height=HEIGHT)


def find_reports(folder: Path) -> dict[str, Path]:
    """
    List the reports in a folder and in the folders in it.

    :param folder: Where `qa eval` wrote; it may not exist.
    :returns: Files by name, such as `pipeline` or `electronics/retriever`.
    """
    files = sorted([*folder.glob("*.html"), *folder.glob("*/*.html")])
    return {str(file.relative_to(folder).with_suffix("")): file for file in files}


def without_scripts(page: str) -> str:
    """
    Forbid a page to load or run anything.

    :param page: HTML.
    :returns: The page with a content security policy before all else.
    """
    return NO_SCRIPTS + page
