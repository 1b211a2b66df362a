"""Answers that a generator writes: its draft as it comes, then what the reviews support, with the evidence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from qa_system import QASystem, Result
from qa_system.ui import render, render_written
from qa_system.ui.asking import Answering, Asked, Quoting, found_by, show_nearest
from qa_system.ui.sidebar import Way

if TYPE_CHECKING:  # importing Haystack loads torch
    from haystack import Document, GeneratedAnswer
    from streamlit.delta_generator import DeltaGenerator

NAMES = {"rag": "RAG, trained on reviews", "llm": "Chat model"}


@dataclass(frozen=True, slots=True)
class Writing:
    """
    Answers that a generator writes.

    :param generator: Its name.
    """

    generator: str

    @property
    def key(self) -> str:
        """Tells its answers from those of another kind."""
        return f"written {self.generator}"

    def answer(
        self, qa: QASystem, asked: Asked, passages: "list[Document]", way: Way, place: "DeltaGenerator"
    ) -> Result:
        """Have an answer written, and show it meanwhile; see `Answering`."""
        pieces: list[str] = []

        def draw(piece: str) -> None:
            pieces.append(piece)
            place.html(render_written.draft("".join(pieces)))

        return qa.write(asked.question, passages, item_id=asked.item, generator=self.generator, on_token=draw)

    def show(self, qa: QASystem, result: Result, key: str) -> None:
        """Show what is left of it, and what was withheld; see `Answering`."""
        for answer in result.generated:
            _show_answer(answer, result)
        if result.abstained:
            show_nearest(qa, result, key)


def choose_answering(qa: QASystem) -> "tuple[DeltaGenerator, Answering]":
    """
    Let a visitor choose the kind of answer, where something can write one.

    :param qa: The system.
    :returns: Where answers go, and their kind.
    """
    names = qa.generators()
    if not names:
        return st.container(), Quoting()
    quoted, written = st.tabs(["In their words", "Written"], key="kind", bind="query-params")
    if not written.open:
        return quoted, Quoting()
    with written:
        return written, _choose_writing(names)


def _choose_writing(names: list[str]) -> Writing:
    if len(names) == 1:
        return Writing(names[0])
    chosen = st.selectbox("Written by", names, key="generator", format_func=NAMES.__getitem__, bind="query-params")
    return Writing(chosen)


def _show_answer(answer: "GeneratedAnswer", result: Result) -> None:
    kept = [sentence for sentence in answer.meta["sentences"] if not sentence.is_withheld]
    withheld = [sentence for sentence in answer.meta["sentences"] if sentence.is_withheld]
    st.html(render_written.answer(kept))
    if withheld:
        st.html(render_written.withheld(withheld, answer.meta["unknown_citations"]))
    if kept:
        st.html(render.heading("What the reviews say for it"))
    for sentence in kept:
        for span in sentence.spans:
            st.html(render_written.evidence(span, found_by(span, result.passages)))
