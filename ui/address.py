"""
Product, question and the product compared in the page's address, so that an answer can be linked and gone back to.

Streamlit binds other widgets to the address by itself, but leaves no trace of them in the browser's history.
"""

import streamlit as st

WIDGETS = {"item": "product", "q": "question", "with": "other"}
"""Which widget each part of the address belongs to."""
WRITTEN = "parts of the address"


def take() -> None:
    """Set the widgets as the address says: when the page opens, when a visitor goes back, and what was not shown."""
    written = st.session_state.setdefault(WRITTEN, {})
    for part, widget in WIDGETS.items():
        said = st.query_params.get(part)
        if widget not in st.session_state or written.get(part) != said:
            written[part] = st.session_state[widget] = said


def keep() -> None:
    """Write into the address what the widgets say."""
    for part, widget in WIDGETS.items():
        said = st.session_state.get(widget) or None
        if said is None:
            st.query_params.pop(part, None)
        elif st.query_params.get(part) != said:
            st.query_params[part] = said
        st.session_state[WRITTEN][part] = said
