"""Where reviewers stand on a question: for or against, of good or bad opinion, or in between."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from haystack import ExtractedAnswer
from numpy.typing import NDArray

from qa_system.consensus.denial import denies, said_outright
from qa_system.consensus.faults import asks_for_a_fault
from qa_system.consensus.questions import is_subjective, question_kind
from qa_system.consensus.spans import Said, said
from qa_system.opinions.model import NEGATIVE, POSITIVE
from qa_system.records import Stance

LEAST_MARGIN = 0.2
"""How much likelier praise has to be than blame, or the reverse, for an opinion that is not in between."""
CLEAR_MARGIN = 0.5
"""The same for praise that shows that what is denied is a fault: "it did not get stuck once"."""


class Polarities(Protocol):
    """What tells good opinions from bad ones: `OpinionModel`, or what a test puts in its place."""

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """
        Judge what texts say of something.

        :param pairs: What it is about, and a text.
        :returns: The probabilities of negative, neutral and positive, (pairs, 3).
        """
        ...


def stances(question: str, answers: Sequence[ExtractedAnswer], model: Polarities) -> list[Stance]:
    """
    Tell where reviewers stand on a question.

    :param question: The question.
    :param answers: What they say to it, each in its review or in a passage of it.
    :param model: Judges opinions.
    :returns: The stance of each: `yes`, `no` or `neutral` on a yes/no question; `positive`, `negative` or `neutral` on
        one of opinion; empty on one of fact, where it is what they state that tells them apart.
    """
    texts = [said(answer) for answer in answers]
    match question_kind(question):
        case "factual":
            return [""] * len(texts)
        case "opinion":
            return opinions(question, [one.text for one in texts], model)
        case "yes/no":
            return yes_or_no(question, texts, model)


def opinions(about: str, texts: Sequence[str], model: Polarities) -> list[Stance]:
    """
    Tell praise from blame.

    :param about: What is spoken of: a question, an aspect, or nothing in particular.
    :param texts: What is said.
    :param model: Judges opinions.
    :returns: `positive`, `negative` or `neutral` for each text.
    """
    return [_opinion(good) for good in _goodness(about, texts, model)]


def yes_or_no(question: str, texts: Sequence[Said], model: Polarities) -> list[Stance]:
    """
    Tell a yes from a no.

    A "yes" or "no" that a text begins with decides. Else it is what the reviewer thinks of it: praise is a yes to "Is
    it comfortable?" and a no to "Does it leak?", which asks for a fault. What is denied is a no to a question of fact
    unless it is clear praise, and to others where it is neither praise nor blame; what is stated so is a yes to a
    question of fact, and in between to one of opinion.

    :param question: A yes/no question.
    :param texts: What is said to it.
    :param model: Judges opinions.
    :returns: `yes`, `no` or `neutral` for each text.
    """
    sign = -1 if asks_for_a_fault(question) else 1
    states_a_fact = sign > 0 and not is_subjective(question)
    goodness = _goodness(question, [one.text for one in texts], model)
    return [_answer(one, sign * good, states_a_fact=states_a_fact) for one, good in zip(texts, goodness, strict=True)]


def _answer(one: Said, lean: float, *, states_a_fact: bool) -> Stance:
    if outright := said_outright(one.text):
        return "yes" if outright > 0 else "no"
    is_denied = denies(one.text, before=one.before)
    if is_denied and states_a_fact and lean < CLEAR_MARGIN:
        return "no"
    if abs(lean) >= LEAST_MARGIN:
        return "yes" if lean > 0 else "no"
    if is_denied:
        return "no"
    return "yes" if states_a_fact else "neutral"


def _opinion(good: float) -> Stance:
    if abs(good) < LEAST_MARGIN:
        return "neutral"
    return "positive" if good > 0 else "negative"


def _goodness(about: str, texts: Sequence[str], model: Polarities) -> list[float]:
    """Say how much likelier praise is than blame, from -1 to 1."""
    if not texts:
        return []
    judged = model.polarities([(about, text) for text in texts])
    return [float(good) for good in judged[:, POSITIVE] - judged[:, NEGATIVE]]
