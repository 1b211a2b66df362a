"""The sidebar: which store is asked, which of its reviews, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from qa_system import QASystem, Settings
from qa_system.ui import problems, render, shared
from qa_system.ui.facets import Facet, all_of, facets

MOST_PASSAGES = 50
MOST_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class Way:
    """
    One way of answering.

    :param retriever: What finds the passages.
    :param reader: What reads them.
    :param passages: How many are read.
    :param answers: How many answers are shown.
    """

    retriever: str
    reader: str
    passages: int
    answers: int


def choose_store(settings: Settings) -> str:
    """
    Let a visitor choose a store.

    :param settings: The server's.
    :returns: Its address.
    """
    names = shared.store_names(settings)
    return names[st.sidebar.selectbox("Store", list(names), key="store", bind="query-params")]


def choose_filters(qa: QASystem) -> dict[str, Any] | None:
    """
    Let a visitor choose among the reviews by their metadata.

    :param qa: The system on the chosen store.
    :returns: A Haystack filter; None where all reviews are meant.
    """
    chosen: list[dict[str, Any] | None] = []
    with st.sidebar, problems.shown():  # of data that nobody thought of: the reviews are asked all the same
        known = facets(qa)
        if known:
            st.html(render.heading("Only reviews with"))
        chosen = [facet.condition(_choose_among(facet, qa.store.address)) for facet in known]
    return all_of([condition for condition in chosen if condition])


def choose_ways(settings: Settings, qa: QASystem) -> list[Way]:
    """
    Let a visitor choose how to be answered, and a second way to compare with.

    :param settings: The server's.
    :param qa: The system on the chosen store.
    :returns: One way or two.
    """
    with st.sidebar:
        st.html(render.heading("How it is answered"))
        ways = [_choose_way(settings, qa, "")]
        if st.toggle("Compare with a second way", key="compare", bind="query-params"):
            ways.append(_choose_way(settings, qa, "2"))
    return ways


def choose_hearing(qa: QASystem) -> bool:
    """
    Let a visitor choose whether all reviewers of a product are asked, where it can be told what they agree on.

    :param qa: The system on the chosen store.
    :returns: Whether they are.
    """
    if not qa.has_opinions():
        return False
    return st.sidebar.toggle("What reviewers agree on", value=True, key="agreement", bind="query-params")


def titles(ways: list[Way]) -> list[str]:
    """
    Name ways of answering.

    :param ways: One or more.
    :returns: What each is, its reader by as many of the last parts of its path as tell it from the others.
    """
    readers = [Path(way.reader) for way in ways]
    longest = max(1, *(len(reader.parts) for reader in readers))
    endings = ([Path(*reader.parts[-count:]) for reader in readers] for count in range(1, longest + 1))
    names = next(names for names in endings if len(set(names)) == len(set(readers)))
    return [f"{way.retriever}, {way.passages} passages, {name}" for way, name in zip(ways, names, strict=True)]


def _choose_way(settings: Settings, qa: QASystem, number: str) -> Way:
    """Ask for one way; `number` tells the widgets of the second from those of the first."""
    retrievers, readers = qa.retrievers(), list(dict.fromkeys([settings.reader.model, *settings.ui.readers]))
    default = settings.retrieval.retriever
    retriever = st.selectbox(
        f"Retriever {number}",
        retrievers,
        index=retrievers.index(default) if default in retrievers else 0,
        key=f"retriever{number}",
        bind="query-params",
    )
    reader = st.selectbox(f"Reader {number}", readers, key=f"reader{number}", bind="query-params")
    passages = _choose_number("Passages read", number, settings.retrieval.top_k, MOST_PASSAGES, key="passages")
    answers = _choose_number("Answers shown", number, settings.reader.top_k, MOST_ANSWERS, key="answers")
    return Way(retriever, reader, passages, answers)


def _choose_number(name: str, number: str, default: int, most: int, *, key: str) -> int:
    return st.slider(f"{name} {number}", 1, max(most, default), default, key=key + number, bind="query-params")


def _choose_among(facet: Facet, store: str) -> Any:
    name, key = render.label(facet.field.replace("_", " ").capitalize()), f"{store}.{facet.field}"
    bounds = (facet.low, facet.high)
    match facet.kind:
        case "range":
            return st.slider(name, *bounds, bounds, facet.step, format="%g", key=key)
        case "days":
            return st.date_input(name, bounds, *bounds, key=key)
        case _:
            return st.multiselect(name, facet.values, key=key, placeholder="Any")
