"""The pros and cons of a product, as far as a visitor wants to see them."""

import streamlit as st

from qa_system import QASystem, Summary
from qa_system.ui import problems, render_summary
from qa_system.ui.shared import REFRESHED

AT_ONCE = 200
"""Reviews up to which a product is summed up before a visitor asks for it: a second or two the first time."""
ITEMS_KEPT = 200


def show_summary(qa: QASystem, item: str, *, reviews: int, asked: bool) -> None:
    """
    Show what reviewers praise in a product and complain about: open until something is asked, to be opened then.

    :param qa: The system.
    :param item: The product.
    :param reviews: How many reviews it has.
    :param asked: Whether a question is answered on the page.
    """
    # What is open by itself must not write itself into the address, where going back would have to pass it.
    if asked:
        card = st.expander("Pros and cons", key="summary", bind="query-params")
    else:
        card = st.expander("Pros and cons", reviews <= AT_ONCE, key="summary at once", on_change="rerun")
    with card, problems.shown():
        if card.open:
            place = st.empty()
            place.html(render_summary.waiting(reviews))
            place.html(render_summary.summary_card(_summary(qa.store.address, qa.store.count_documents(), item, qa)))


@st.cache_data(ttl=REFRESHED, max_entries=ITEMS_KEPT, show_spinner=False)
def _summary(store: str, passages: int, item: str, _qa: QASystem) -> Summary:
    return _qa.summary(item)
