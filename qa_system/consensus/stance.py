"""Where reviewers stand on a question: for or against, of good or bad opinion, or in between."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from haystack import ExtractedAnswer
from numpy.typing import NDArray

from qa_system.consensus.denial import denies, said_outright
from qa_system.consensus.faults import asks_for_a_fault
from qa_system.consensus.questions import is_subjective, question_kind
from qa_system.consensus.spans import Said, said, sentence_of
from qa_system.opinions.model import NEGATIVE, POSITIVE
from qa_system.records import Stance

PRAISE = 1.5
"""How many times likelier praise is than blame among reviewers; the model was shown as much of both."""
STARS = 2.0
"""How much the odds of praise rise from three stars to five, and fall to one, as a power of e."""
LEAST_MARGIN = 0.1
"""How much likelier praise has to be than blame, or the reverse, for an opinion that is not in between."""
# These three were chosen on the bundled sample (dev): words alone place 52% of the reviewers rightly, with stars 65%.
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
    kind = question_kind(question)
    if kind == "factual" or not answers:
        return [""] * len(answers)
    stars = [_stars(answer) for answer in answers] if is_subjective(question) else [0.0] * len(answers)
    goodness = _goodness(question, [sentence_of(answer) for answer in answers], stars, model)
    if kind == "opinion":
        return [_opinion(good) for good in goodness]
    return yes_or_no(question, [said(answer) for answer in answers], goodness)


def yes_or_no(question: str, texts: Sequence[Said], goodness: Sequence[float]) -> list[Stance]:
    """
    Tell a yes from a no.

    A "yes" or "no" that a text begins with decides. Else it is what the reviewer thinks of it: praise is a yes to "Is
    it comfortable?" and a no to "Does it leak?", which asks for a fault. What is denied is a no to a question of fault;
    to one of fact unless it is clear praise, and to others where it is neither praise nor blame; what is stated so is a
    yes to a question of fact, and in between to one of opinion.

    :param question: A yes/no question.
    :param texts: What is said to it.
    :param goodness: How much likelier each is praise than blame.
    :returns: `yes`, `no` or `neutral` for each text.
    """
    sign = -1 if asks_for_a_fault(question) else 1
    asked = {"states_a_fact": sign > 0 and not is_subjective(question), "asks_a_fault": sign < 0}
    return [_answer(one, sign * good, **asked) for one, good in zip(texts, goodness, strict=True)]


def _answer(one: Said, lean: float, *, states_a_fact: bool, asks_a_fault: bool) -> Stance:
    if outright := said_outright(one.text):
        return "yes" if outright > 0 else "no"
    is_denied = denies(one.text, before=one.before)
    if is_denied and (asks_a_fault or (states_a_fact and lean < CLEAR_MARGIN)):
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


def _goodness(about: str, texts: Sequence[str], stars: Sequence[float], model: Polarities) -> list[float]:
    """
    Say how much likelier praise is than blame, from -1 to 1.

    Words and stars are taken to be independent given the opinion, and the odds of training data are changed to those of
    reviews (Saerens, Latinne and Decaestecker, 2002).
    """
    judged = model.polarities([(about, text) for text in texts]).astype(np.float64)
    judged[:, POSITIVE] *= PRAISE * np.exp(STARS * np.asarray(stars))
    judged[:, NEGATIVE] *= np.exp(-STARS * np.asarray(stars))
    judged /= judged.sum(axis=1, keepdims=True)
    return [float(good) for good in judged[:, POSITIVE] - judged[:, NEGATIVE]]


def _stars(answer: ExtractedAnswer) -> float:
    """Tell what the review's stars say, from -1 to 1; 0 where it has none, or other marks than one to five."""
    rating = answer.document.meta.get("rating") if answer.document else None
    return (rating - 3) / 2 if isinstance(rating, int | float) and 1 <= rating <= 5 else 0.0
