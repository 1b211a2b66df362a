"""
The search page, from top to bottom. Streamlit runs this script for each visitor, anew with each click.

`qa ui` serves it; `streamlit run` on this file does too.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from qa_system import QASystem, Settings
from qa_system.ui import address, problems, render, shared, sidebar
from qa_system.ui.asking import Asked
from qa_system.ui.comparing import show_all, subjects_of
from qa_system.ui.examples import offer_examples
from qa_system.ui.products import catalogue, choose_other, choose_product
from qa_system.ui.reports import show_reports
from qa_system.ui.summing import show_summary
from qa_system.ui.upload import add_reviews

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

HERE = Path(__file__).parent
NAME = "Ask the reviews"


def page() -> None:
    """Show the page."""
    st.set_page_config(NAME, HERE / "icon.svg")
    st.html(HERE / "page.css")
    title = st.empty()
    title.html(render.title(NAME))
    with problems.shown():
        settings = shared.server_settings()
        ask, add, evaluation = st.tabs(["Ask", "Add reviews", "Evaluation"], key="tab", bind="query-params")
        with ask, problems.shown():
            search(settings, title)
        if add.open:
            with add, problems.shown():
                add_reviews(settings)
        if evaluation.open:
            with evaluation, problems.shown():
                show_reports(settings)


def search(settings: Settings, title: "DeltaGenerator") -> None:
    """Search first, then answers, then pros and cons."""
    store = sidebar.choose_store(settings)
    qa = shared.system(settings, store, settings.reader.model)
    products = catalogue(qa)
    if not products.reviews:
        st.html(render.notice(f"The store {store} holds no reviews.", advice="Bring some under “Add reviews”."))
        return
    title.html(render.title(NAME, products.summary))
    filters = sidebar.choose_filters(qa)
    ways = sidebar.choose_ways(settings, qa)
    hear_all = sidebar.choose_hearing(qa)
    times = st.sidebar.empty()
    address.take()
    is_clear, item = choose_product(qa, products)
    question, anew = ask_question(qa, item) if is_clear else (None, False)
    other = choose_other(qa, products, item) if question and item else None
    address.keep()
    if question:
        subjects = subjects_of(products, Asked(question, item, store, filters), other)
        timings = show_all(settings, qa, subjects, ways, hear_all=hear_all and item is not None, anew=anew)
        times.html(render.times(timings))
    if item and qa.has_opinions():
        show_summary(qa, item, reviews=products.reviews[item], asked=bool(question))


def ask_question(qa: QASystem, item: str | None) -> tuple[str | None, bool]:
    """Ask for the question; also whether it shall be answered anew."""
    with st.container(horizontal=True, key="ask"):
        question = st.text_input(
            "Question",
            value=None,
            key="question",
            placeholder="Ask anything that a review could tell",
            label_visibility="collapsed",
        )
        anew = st.button("Ask", type="primary", key="asked")
    if not question:
        offer_examples(qa, item)
    return question, anew


page()
