"""A question -> passages as soon as they are found -> answers; for one way of asking, or two side by side."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

import streamlit as st

from qa_system import QASystem, Result, Settings
from qa_system.ui import feedback, problems, render, shared
from qa_system.ui.sidebar import Way, titles

if TYPE_CHECKING:  # importing Haystack loads torch
    from haystack import Document, ExtractedAnswer
    from streamlit.delta_generator import DeltaGenerator

NEAREST = 5
"""Passages shown where the reviews don't answer, and while the reader reads."""
LIKELY = 0.5
"""An answer that is less likely than this is shown, and not counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a visitor asked.

    :param question: The question.
    :param item: The product asked about; None for all of them.
    :param store: Address of the store.
    :param filters: A Haystack filter, or None.
    """

    question: str
    item: str | None
    store: str
    filters: dict[str, Any] | None


class Answering(Protocol):
    """A kind of answer: how it is made of passages, and how it is shown. Two that are equal give equal answers."""

    @property
    def key(self) -> str:
        """Tells its answers from those of another kind."""
        ...

    def answer(
        self, qa: QASystem, asked: Asked, passages: "list[Document]", way: Way, place: "DeltaGenerator"
    ) -> Result:
        """
        Answer from passages.

        :param qa: The system.
        :param asked: The question.
        :param passages: What was found for it.
        :param way: How it is asked.
        :param place: Where to show what comes before the answer.
        :returns: The answers.
        """
        ...

    def show(self, qa: QASystem, result: Result, key: str) -> None:
        """
        Show answers.

        :param qa: The system that gave them.
        :param result: The answers; passages were found.
        :param key: Tells them from the others on the page.
        """
        ...


def show_answers(
    settings: Settings, asked: Asked, ways: list[Way], answering: Answering, *, key: str = "", anew: bool
) -> list[tuple[str, dict[str, float]]]:
    """
    Answer a question, in a column for each way of asking.

    :param settings: The server's.
    :param asked: The question.
    :param ways: How to ask.
    :param answering: The kind of answer.
    :param key: Tells the answers from those about another product on the page.
    :param anew: Whether to ask again what is answered already.
    :returns: For each way that gave an answer what it is called, and its seconds by stage.
    """
    if len(ways) > 1:
        st.set_page_config(layout="wide")
    timings = []
    columns = st.columns(len(ways), gap="large")
    for number, (column, way, title) in enumerate(zip(columns, ways, titles(ways), strict=True)):
        with column, problems.shown():
            if len(ways) > 1:
                st.html(render.heading(title))
            qa = shared.system(settings, asked.store, way.reader)
            result = _answer(qa, asked, way, answering, st.empty(), key=f"{answering.key} {key}{number}", anew=anew)
            timings.append((title, dict(result.timings)))
    return timings


def _answer(
    qa: QASystem, asked: Asked, way: Way, answering: Answering, place: "DeltaGenerator", *, key: str, anew: bool
) -> Result:
    """Each click on the page runs the script again: what was answered already is kept, and not asked again."""
    last = st.session_state.get(key)
    if last is None or last[0] != (asked, way, answering) or anew:
        last = st.session_state[key] = (asked, way, answering), _ask(qa, asked, way, answering, place)
    with place.container():
        if last[1].passages:
            answering.show(qa, last[1], key)
        else:
            st.html(render.notice("No review speaks of it.", advice="Ask in other words, or with fewer filters."))
    return last[1]


def _ask(qa: QASystem, asked: Asked, way: Way, answering: Answering, place: "DeltaGenerator") -> Result:
    started = perf_counter()
    passages = qa.search(
        asked.question, item_id=asked.item, filters=asked.filters, top_k=way.passages, retriever=way.retriever
    )
    found = perf_counter() - started
    with place.container():
        st.html(render.heading(f"Reading {len(passages)} passages …"))
        st.html(render.passages(passages[:NEAREST]))
    result = answering.answer(qa, asked, passages, way, place)
    return replace(result, timings={"retrieval": found, **result.timings})


def show_nearest(qa: QASystem, result: Result, key: str) -> None:
    """
    Show what was found where nothing answers, and let a visitor mark what does.

    :param qa: The system.
    :param result: What asking gave.
    :param key: Tells it from the others on the page.
    """
    st.html(render.heading("The nearest passages"))
    for number, passage in enumerate(result.passages[:NEAREST]):
        with st.container(gap=None):
            st.html(render.passages([passage]))
            feedback.under_passage(qa, result.query, passage, key=f"{key}.{number}")


@dataclass(frozen=True, slots=True)
class Quoting:
    """Answers in the words of the reviewers."""

    key: str = "answer"

    def answer(
        self, qa: QASystem, asked: Asked, passages: "list[Document]", way: Way, place: "DeltaGenerator"
    ) -> Result:
        """Answer from passages; see `Answering`."""
        return qa.read(asked.question, passages, item_id=asked.item, top_k=way.answers)

    def show(self, qa: QASystem, result: Result, key: str) -> None:
        """Show answers; see `Answering`."""
        if result.abstained:
            st.html(render.abstention(result.no_answer_score))
            show_nearest(qa, result, key)
        else:
            _show_found(qa, result, key)


def _show_found(qa: QASystem, result: Result, key: str) -> None:
    reviews = [answer.document for answer in result.answers if answer.document and answer.score >= LIKELY]
    likely = {(review.meta["item_id"], review.id) for review in reviews}
    st.html(render.heading(f"{len(likely)} reviewers answer" if len(likely) > 1 else "A reviewer answers"))
    for number, answer in enumerate(result.answers):
        with st.container(gap="xxsmall"):
            st.html(render.answer_card(answer, found_by(answer, result.passages), first=number == 0))
            feedback.under_answer(qa, result.query, answer, key=f"{key}.{number}")
    st.html(render.folded(f"The {len(result.passages)} passages that were read", render.passages(result.passages)))


def found_by(answer: "ExtractedAnswer", passages: "list[Document]") -> dict[str, int]:
    """
    Tell which retrievers found the passage that an answer was read in.

    :param answer: An answer, located in its review.
    :param passages: What was read, best first.
    :returns: Its rank by retriever; of overlapping passages the best one's.
    """
    review, span = answer.document, answer.document_offset
    if review is None or span is None:
        return {}
    for passage in passages:
        start = passage.meta["split_idx_start"]
        same_review = all(passage.meta[key] == review.meta[key] for key in ("item_id", "review_id"))
        if same_review and start <= span.start < start + len(passage.content or ""):
            return dict(passage.meta["found_by"])
    return {}
