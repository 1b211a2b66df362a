"""What visitors say about answers, kept as labels in the store."""

from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import streamlit as st

from qa_system import QASystem, StoredLabel
from qa_system.ui import problems

if TYPE_CHECKING:  # importing Haystack loads torch
    from haystack import Document, ExtractedAnswer

HERE = Path(__file__).parent
THUMBS = ("wrong", "right")
"""The verdicts of a thumb down and a thumb up."""
THANKS = "Thank you. It is kept as a label in the store."
TAKEN_BACK = "Taken back: the label is gone from the store."
VISITOR = "visitor"
"""Tells this visitor's judgements from those of others, until the page is opened anew."""

_marking = st.components.v2.component(
    "qa_system.marking",
    html=(HERE / "marking.html").read_text(encoding="utf-8"),
    css=(HERE / "marking.css").read_text(encoding="utf-8"),
    js=(HERE / "marking.js").read_text(encoding="utf-8"),
)


def under_answer(qa: QASystem, question: str, answer: "ExtractedAnswer", *, key: str) -> None:
    """
    Ask what a visitor thinks of an answer.

    :param qa: The system that gave it.
    :param question: What was asked.
    :param answer: The answer, located in its review.
    :param key: Tells it from the other answers on the page.
    """
    review, span = answer.document, answer.document_offset
    if review is None or span is None:
        return
    judged = (qa.store.address, question, review.meta["item_id"], review.id, review.content, span.start, span.end)
    key = f"{key} {hash(judged)}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"feedback {key}"), problems.shown():
        thumb = st.feedback("thumbs", key=f"thumb {key}", persist_state="session")
        mark = st.button("Mark the right words", key=f"mark {key}", type="tertiary")
        absent = st.button(
            "Not in this review", key=f"absent {key}", type="tertiary", on_click=_lower_thumb_up, args=(key,)
        )
        _follow_thumb(qa, question, review, (span.start, span.end), None if thumb is None else THUMBS[thumb], key)
        if absent:
            _keep(qa, question, review, "absent")
    if mark:
        _mark(qa, question, review, (span.start, span.end))


def under_passage(qa: QASystem, question: str, passage: "Document", *, key: str) -> None:
    """
    Let a visitor mark the answer that the reader did not see.

    :param qa: The system.
    :param question: What was asked.
    :param passage: A passage of the review to mark it in.
    :param key: Tells it from the other passages on the page.
    """
    start = passage.meta["split_idx_start"]
    key = f"mark {key} {hash((qa.store.address, question, passage.id))}"
    if st.button("It answers: mark the words", key=key, type="tertiary"):
        with problems.shown():
            _mark(qa, question, _review_of(qa, passage), (start, start))


def chosen_words(text: str, marked: Any) -> tuple[int, int] | None:
    """
    Check what the browser says was marked.

    :param text: The review.
    :param marked: What came: anything.
    :returns: Start and end of the words in the review, without blanks around them; None where nothing is marked.
    """
    start, end = (marked.get("start"), marked.get("end")) if isinstance(marked, dict) else (None, None)
    if not (type(start) is int and type(end) is int and 0 <= start < end <= len(text)):
        return None
    words = text[start:end].strip()
    start += text[start:end].find(words)
    return (start, start + len(words)) if words else None


@st.dialog("Mark the words that answer", width="medium")
def _mark(qa: QASystem, question: str, review: "Document", shown: tuple[int, int]) -> None:
    with problems.shown():
        text = review.content or ""
        st.text(question)
        data = {"text": text, "start": _utf16(text[: shown[0]]), "end": _utf16(text[: shown[1]])}
        result = _marking(data=data, key="marking", on_marked_change=lambda: None)
        words = chosen_words(text, result.marked)
        if words:
            _keep(qa, question, review, "marked", words)
            st.rerun()


def _follow_thumb(
    qa: QASystem, question: str, review: "Document", span: tuple[int, int], said: str | None, key: str
) -> None:
    """Keep what a thumb says as a label, and forget the label when the thumb is cleared."""
    key = f"judged {key}"
    kept: StoredLabel | None = st.session_state.get(key)
    if said and (kept is None or kept.verdict != said):
        st.session_state[key] = _keep(qa, question, review, said, span)
    elif kept and not said:
        qa.remove_labels([kept.id])
        del st.session_state[key]
        st.toast(TAKEN_BACK)


def _lower_thumb_up(key: str) -> None:
    """Words that answer are in the review; that they do not may be said along with that nothing does."""
    if st.session_state.get(f"thumb {key}") == THUMBS.index("right"):
        st.session_state[f"thumb {key}"] = None
        st.session_state.pop(f"judged {key}", None)  # the label goes when `absent` is kept


def _keep(
    qa: QASystem, question: str, review: "Document", verdict: Any, span: tuple[int | None, int | None] = (None, None)
) -> StoredLabel:
    kept = qa.add_label(
        question=question,
        item_id=review.meta["item_id"],
        review_id=review.id,
        verdict=verdict,
        start=span[0],
        end=span[1],
        text=(review.content or "")[slice(*span)],
        annotation=st.session_state.setdefault(VISITOR, token_hex(8)),
    )
    st.toast(THANKS)
    return kept


def _review_of(qa: QASystem, passage: "Document") -> "Document":
    reviews = qa.reviews(passage.meta["item_id"])
    return next(review for review in reviews if review.id == passage.meta["review_id"])


def _utf16(text: str) -> int:
    """How many units JavaScript counts where Python counts characters."""
    return len(text.encode("utf-16-le")) // 2
