"""What all reviewers of a product agree on: above the single answers, which do not wait for it."""

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import streamlit as st

from qa_system import Consensus, Settings
from qa_system.ui import problems, render_consensus, shared
from qa_system.ui.asking import Asked
from qa_system.ui.sidebar import Way

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


@dataclass(frozen=True, slots=True)
class Heard:
    """
    A consensus, and what it was asked with.

    :param asked: The question, the retriever and the reader.
    :param consensus: The consensus.
    :param seconds: Time it took.
    """

    asked: tuple[Asked, str, str]
    consensus: Consensus
    seconds: float


def hold_place(asked: Asked, way: Way, title: str, *, key: str, anew: bool) -> "DeltaGenerator | None":
    """
    Show a consensus that is known, else where it will stand.

    :param asked: The question, about one product.
    :param way: How it is asked.
    :param title: What stands over it.
    :param key: Tells it from the other one on the page.
    :param anew: Whether to ask again what is answered already.
    :returns: The place that waits for it; None where it is shown.
    """
    known = _kept(asked, way, key)
    if known and not anew:
        st.container().html(render_consensus.consensus_card(known.consensus, title))
        return None
    place = st.empty()
    place.html(render_consensus.waiting(title))
    return place


def show_agreement(
    settings: Settings, asked: Asked, way: Way, title: str, place: "DeltaGenerator | None", *, key: str
) -> float | None:
    """
    Ask all reviewers and show what they agree on, unless it is shown.

    :param settings: The server's.
    :param asked: The question, about one product.
    :param way: How it is asked.
    :param title: What stands over it.
    :param place: What `hold_place` gave.
    :param key: Tells it from the other one on the page.
    :returns: Seconds it took; None where it failed, which is told in its place.
    """
    if place is not None:
        with place.container(), problems.shown():
            heard = _ask(settings, asked, way)
            st.html(render_consensus.consensus_card(heard.consensus, title))
            st.session_state[key] = heard
    known = _kept(asked, way, key)
    return known.seconds if known else None


def _kept(asked: Asked, way: Way, key: str) -> Heard | None:
    kept: Heard | None = st.session_state.get(key)
    return kept if kept and kept.asked == (asked, way.retriever, way.reader) else None


def _ask(settings: Settings, asked: Asked, way: Way) -> Heard:
    started = perf_counter()
    qa = shared.system(settings, asked.store, way.reader)
    result = qa.ask(asked.question, item_id=asked.item, filters=asked.filters, retriever=way.retriever, consensus=True)
    if result.consensus is None:
        raise RuntimeError("A consensus was asked for and is not there.")
    return Heard((asked, way.retriever, way.reader), result.consensus, perf_counter() - started)
