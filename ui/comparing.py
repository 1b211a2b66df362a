"""What was asked of one product, or of two side by side: what reviewers agree on above, the single answers below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from qa_system import QASystem, Settings
from qa_system.ui import agreeing, render
from qa_system.ui.asking import Asked, show_answers
from qa_system.ui.products import Catalogue
from qa_system.ui.render_consensus import TITLE
from qa_system.ui.sidebar import Way
from qa_system.ui.writing import choose_answering

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

Timings = list[tuple[str, dict[str, float]]]
"""What a way of asking is called, and its seconds by stage."""


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What is asked about: a product, or all of them.

    :param asked: The question about it.
    :param title: What it is called where two are compared; else nothing.
    :param key: Tells what is kept of it from what is kept of the other one.
    """

    asked: Asked
    title: str = ""
    key: str = ""


def subjects_of(products: Catalogue, asked: Asked, other: str | None) -> list[Subject]:
    """
    Tell what is asked about.

    :param products: What there is, to call two products by their names.
    :param asked: The question.
    :param other: Another product that it is asked about; None where nothing is compared.
    :returns: One subject, or two.
    """
    if other is None:
        return [Subject(asked)]
    both = (("", asked), ("other ", replace(asked, item=other)))
    return [Subject(one, products.title(one.item or ""), key) for key, one in both]


def show_all(
    settings: Settings, qa: QASystem, subjects: Sequence[Subject], ways: list[Way], *, hear_all: bool, anew: bool
) -> Timings:
    """
    Show the single answers as soon as they are there, and above them, when it is found, what reviewers agree on.

    :param settings: The server's.
    :param qa: The system on the chosen store.
    :param subjects: One, or two to compare.
    :param ways: How to ask.
    :param hear_all: Whether to ask all reviewers what they agree on, each subject being a product.
    :param anew: Whether to ask again what is answered already.
    :returns: For each subject and way that gave an answer what it is called, and its seconds by stage.
    """
    if len(subjects) > 1:
        st.set_page_config(layout="wide")
    above = _hold_places(subjects, ways[0], anew=anew) if hear_all else []
    place, answering = choose_answering(qa)
    timings: list[Timings] = []
    with place:
        for column, subject in _side_by_side(subjects):
            with column:
                if subject.title:
                    st.html(render.heading(subject.title))
                timings.append(show_answers(settings, subject.asked, ways, answering, key=subject.key, anew=anew))
    for agreed, subject, spent in zip(above, subjects, timings, strict=False):
        _show_agreement(settings, subject, ways[0], agreed, spent)
    return [
        (f"{subject.title} {way}".strip(), stages)
        for subject, of_subject in zip(subjects, timings, strict=True)
        for way, stages in of_subject
    ]


def _hold_places(subjects: Sequence[Subject], way: Way, *, anew: bool) -> "list[DeltaGenerator | None]":
    places = []
    for column, subject in _side_by_side(subjects):
        with column:
            title, key = subject.title or TITLE, _agreed(subject)
            places.append(agreeing.hold_place(subject.asked, way, title, key=key, anew=anew))
    return places


def _show_agreement(
    settings: Settings, subject: Subject, way: Way, place: "DeltaGenerator | None", timings: Timings
) -> None:
    """What goes wrong with a question is told once: where no answer came, reviewers are not asked either."""
    if not timings:
        if place is not None:
            place.empty()
        return
    title, key = subject.title or TITLE, _agreed(subject)
    spent = agreeing.show_agreement(settings, subject.asked, way, title, place, key=key)
    if spent is not None:
        timings[0][1]["consensus"] = spent


def _side_by_side(subjects: Sequence[Subject]) -> "Iterator[tuple[DeltaGenerator, Subject]]":
    columns = st.columns(len(subjects), gap="large") if len(subjects) > 1 else [st.container()]
    return zip(columns, subjects, strict=True)


def _agreed(subject: Subject) -> str:
    return f"agreed {subject.key}"
