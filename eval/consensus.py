"""How well it was told what reviewers agree on, each question apart."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.consensus_sides import Marked, Stated, marked, stated
from qa_system.eval.predictions import Agreed
from qa_system.records import Question

FACTS = ", facts"
"""Ends the name of a measure over questions of fact; without it, it is over opinions and yes/no questions."""

Values = dict[str, NDArray[np.float64]]


class _Case(NamedTuple):
    """A question, what is true of its reviewers, and what was said of them: None where the question failed."""

    question: Question
    truth: Marked
    agreed: Agreed | None
    said: Stated | None


def per_question(questions: Sequence[Question], agreed: Sequence[Agreed | None]) -> Values:
    """
    Measure what was said of the reviewers of each question.

    :param questions: What was asked, with labels.
    :param agreed: What was said, None where the question failed.
    :returns: Measure to its values, shape `[questions]`, NaN where it does not apply. Measures that apply to no
        question are left out, but for `reviewers F1`.
    """
    cases = [_case(*pair) for pair in zip(questions, agreed, strict=True)]
    values = {name: np.array([measure(case) for case in cases], dtype=np.float64) for name, measure in _all().items()}
    return {name: found for name, found in values.items() if name == REVIEWERS or not np.isnan(found).all()}


def overlap_f1(found: frozenset[str], right: frozenset[str]) -> float:
    """
    Compare two sets.

    :param found: What was found.
    :param right: What should have been.
    :returns: The harmonic mean of precision and recall; NaN where there is nothing in either.
    """
    total = len(found) + len(right)
    return 2 * len(found & right) / total if total else np.nan


REVIEWERS = "reviewers F1"
KINDS = ("kind right", "subjectivity right", "subjective wording")
"""What is measured of the kind of a question."""


def _case(question: Question, agreed: Agreed | None) -> _Case:
    return _Case(question, marked(question), agreed, stated(agreed, question) if agreed else None)


def _all() -> dict[str, Callable[[_Case], float]]:
    opinions = {name: _where(measure, is_fact=False) for name, measure in OF_SIDES.items()}
    facts = {name + FACTS: _where(measure, is_fact=True) for name, measure in OF_SIDES.items()}
    return {
        **opinions,
        **facts,
        REVIEWERS: _reviewers_f1,
        "count error": _count_error,
        "silence": _silence,
        "kind right": _kind_right,
        "subjectivity right": _subjectivity_right,
        "subjective wording": _subjective_wording,
    }


def _where(measure: Callable[[_Case], float], *, is_fact: bool) -> Callable[[_Case], float]:
    """Apply a measure where sides were judged, of one sort of question."""
    return lambda case: measure(case) if case.truth.sides and case.truth.is_fact == is_fact else np.nan


def _leading_right(case: _Case) -> float:
    return float(case.said is not None and case.said.leading in case.truth.leading)


def _support_error(case: _Case) -> float:
    """How far the reviewers counted for the leading answer are from those who do say it."""
    counted = len(case.said.supporters) if case.said else 0
    return float(abs(counted - case.truth.count(_judged_side(case))))


def _agreement_error(case: _Case) -> float:
    share = case.said.agreement if case.said else 0.0
    return abs(share - case.truth.share(_judged_side(case)))


def _judged_side(case: _Case) -> str | None:
    """The side that is said to lead; of who says nothing, the one that it did not see."""
    says_something = case.said is not None and case.said.speaking
    return case.said.leading if case.said and says_something else case.truth.leading[0]


def _dissent_f1(case: _Case) -> float:
    """Dissent is from the side that leads: where several do, from the one that was said to."""
    truth, said = case.truth, case.said
    leading = said.leading if said and said.leading in truth.leading else truth.leading[0]
    dissenters = frozenset(truth.side_of) - truth.sides[leading]
    return overlap_f1(said.dissenters if said else frozenset(), dissenters)


def _placed_right(case: _Case) -> float:
    """Of the reviewers quoted whose side was judged, the share that was put on it."""
    side_of, placed = case.truth.side_of, case.said.placed if case.said else {}
    known = [placed[review] == side_of[review] for review in placed if review in side_of]
    return float(np.mean(known)) if known else np.nan


def _reviewers_f1(case: _Case) -> float:
    if not case.truth.answering:
        return np.nan
    return overlap_f1(case.said.speaking if case.said else frozenset(), case.truth.answering)


def _count_error(case: _Case) -> float:
    if not case.truth.answering:
        return np.nan
    return float(abs(len(case.said.speaking if case.said else ()) - len(case.truth.answering)))


def _silence(case: _Case) -> float:
    """Whether nothing was said where no review answers; a failure is no silence."""
    return np.nan if case.truth.answering else float(case.said is not None and not case.said.speaking)


def _kind_right(case: _Case) -> float:
    """What wants an opinion or a fact may be put so that yes or no answers it, and both kinds are right."""
    meta = case.question.meta
    if "kind" not in meta:
        return np.nan
    right = {meta["kind"], "yes/no" if "favourable" in meta else None}
    return float(case.agreed is not None and case.agreed.kind in right)


def _subjectivity_right(case: _Case) -> float:
    meta = case.question.meta
    kind = {"opinion": True, "factual": False}.get(meta.get("kind", ""))
    return _as_told(case, meta.get("judged_subjective", kind))


def _subjective_wording(case: _Case) -> float:
    return _as_told(case, case.question.meta.get("is_subjective"))


def _as_told(case: _Case, is_subjective: bool | None) -> float:
    if is_subjective is None or (case.agreed is not None and case.agreed.is_subjective is None):
        return np.nan
    return float(case.agreed is not None and case.agreed.is_subjective == is_subjective)


OF_SIDES: dict[str, Callable[[_Case], float]] = {
    "leading right": _leading_right,
    "support error": _support_error,
    "agreement error": _agreement_error,
    "dissent F1": _dissent_f1,
    "placed right": _placed_right,
}
"""What is measured where the sides of the reviewers were judged."""
