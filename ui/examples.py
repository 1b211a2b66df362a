"""Questions to start with, taken from the data."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

import streamlit as st

from qa_system import QASystem
from qa_system.ui import render
from qa_system.ui.shared import REFRESHED

OFFERED = 4
REVIEWS_READ = 200
LABELS_READ = 5_000
ITEMS_KEPT = 200

_SUBJECT = re.compile(r"\bthe ([a-z]{3,}) (is|are|was|were)\b", re.IGNORECASE)
_PLURAL = ("are", "were")
_WORD = re.compile(r"[a-z]{3,}")
_NOTHING = frozenset(
    ("back", "best", "box", "first", "last", "left", "middle", "new", "old", "one", "other", "others", "rest", "right")
)
"""Words that stand where the name of a part would, and name none."""


def offer_examples(qa: QASystem, item: str | None) -> None:
    """
    Offer questions to a visitor who has not asked yet.

    :param qa: The system.
    :param item: The product; None for all of them.
    """
    questions = _examples(qa.store.address, qa.store.count_documents(), item, qa)
    if questions:
        st.pills("For example", questions, format_func=render.label, key="examples", on_change=_take_example)


def asked_before(questions: Iterable[str]) -> list[str]:
    """
    Choose among the questions that people asked.

    :param questions: As they were labelled, repeated ones too.
    :returns: Those asked most often.
    """
    return [question for question, _ in Counter(questions).most_common(OFFERED)]


def made_from(reviews: Iterable[str]) -> list[str]:
    """
    Make questions of what English reviews speak of: `X` where they say "the X is …".

    :param reviews: Their texts.
    :returns: Questions about what most reviews mention.
    """
    subjects: dict[str, str] = {}
    mentions: Counter[str] = Counter()
    for review in reviews:
        text = review.lower()
        mentions.update(set(_WORD.findall(text)))
        for subject, verb in _SUBJECT.findall(text):
            subjects.setdefault(subject, "are" if verb in _PLURAL else "is")
    named = [(mentions[subject], subject) for subject in subjects if subject not in _NOTHING and mentions[subject] > 1]
    return [f"How {subjects[subject]} the {subject}?" for _, subject in sorted(named, reverse=True)[:OFFERED]]


@st.cache_data(ttl=REFRESHED, max_entries=ITEMS_KEPT, show_spinner=False)
def _examples(store: str, passages: int, item: str | None, _qa: QASystem) -> list[str]:
    labels = islice(_qa.labels(item_id=item), LABELS_READ)
    if asked := asked_before(label.question for label in labels):
        return asked
    if item is None:
        first = {"field": "meta.split_id", "operator": "==", "value": 0}
        documents = islice(_qa.store.iter_documents(first), REVIEWS_READ)
    else:
        documents = islice(_qa.reviews(item), REVIEWS_READ)
    return made_from(document.content or "" for document in documents)


def _take_example() -> None:
    st.session_state.question = st.session_state.pop("examples")
