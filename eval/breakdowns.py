"""The main measures by what the questions, reviews and items are like."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.headline import main_measures
from qa_system.eval.means import clusters_of, means
from qa_system.eval.scorecard import Estimate
from qa_system.records import Question

FEW = 5
"""Groups of fewer questions say nothing and are put together."""
OTHER, NOT_STATED = "other", "not stated"

_YES_NO = re.compile(
    r"(is|are|am|was|were|do|does|did|can|could|will|would|should|shall|may|might|must|has|have|had|ca|wo)"
    r"(n['\u2019]?t)?\b"
)
_QUESTION_WORD = re.compile(r"\b(how|what|which|who|where|when|why)(?:m|se)?\b")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """
    A way to sort questions into groups.

    :param group_of: Names the group of a question; None where the data set does not say.
    :param order: Names of groups in the order to show them; those of other names follow, the largest first.
    """

    group_of: Callable[[Question], str | None]
    order: tuple[str, ...] = ()


def breakdowns(
    questions: Sequence[Question], values: Mapping[str, NDArray[np.float64]]
) -> dict[str, dict[str, dict[str, Estimate]]]:
    """
    Average the main measures over groups of questions.

    Groups of fewer than five questions are put together as `other` where there are several of them, and questions
    about which the data set does not say are `not stated`.

    :param questions: In the order of the data.
    :param values: Each measure of each question, shape `[questions]`, NaN where it does not apply; a question that no
        main measure applies to is in no group.
    :returns: Breakdown to group to measure. A breakdown with a single group is left out.
    """
    main = {name: values[name] for name in main_measures(values)}
    clusters = clusters_of(questions)
    scored = ~np.all(np.isnan([*main.values()]), axis=0)
    found = {name: _groups(questions, scored, breakdown) for name, breakdown in BREAKDOWNS.items()}
    return {
        name: {
            group: means({measure: np.where(inside, column, np.nan) for measure, column in main.items()}, clusters)
            for group, inside in groups.items()
        }
        for name, groups in found.items()
        if len(groups) > 1
    }


def question_word(question: Question) -> str:
    """
    Tell how a question asks.

    :param question: A question in English.
    :returns: `yes-no` where it begins with a verb such as "is" or "does", else its first question word, else `none`.
    """
    text = question.text.casefold().strip()
    if _YES_NO.match(text):
        return "yes-no"
    word = _QUESTION_WORD.search(text)
    return word[1] if word else "none"


def review_words(question: Question) -> float | None:
    """
    Tell how long the reviews are that a question is to be answered from.

    :param question: With its context, or with `review_words` in its metadata.
    :returns: Words, the mean where they are several reviews; None where it is not known.
    """
    if question.context is not None:
        return len(question.context.split())
    return question.meta.get("review_words")


def question_words(question: Question) -> int:
    """
    Tell how long a question is.

    :param question: Any.
    :returns: Words.
    """
    return len(question.text.split())


def _groups(
    questions: Sequence[Question], scored: NDArray[np.bool_], breakdown: Breakdown
) -> dict[str, NDArray[np.bool_]]:
    """Which of the scored questions are in each group."""
    names = np.array([breakdown.group_of(question) or NOT_STATED for question in questions], dtype=object)
    few = [name for name, size in Counter(names[scored]).items() if size < FEW]
    if len(few) > 1:
        names[np.isin(names, few)] = OTHER
    sizes = Counter(names[scored])
    place = {name: index for index, name in enumerate(breakdown.order)}
    ordered = sorted(
        sizes,
        key=lambda name: (name in (OTHER, NOT_STATED), place.get(name, len(place)), -sizes[name], name),
    )
    return {name: scored & (names == name) for name in ordered}


def _stated(key: str) -> Breakdown:
    return Breakdown(lambda question: str(question.meta[key]) if question.meta.get(key) else None)


def _flag(value: bool | None, yes: str, no: str) -> str | None:
    return None if value is None else yes if value else no


def _ranges(count: Callable[[Question], float | None], *tops: int) -> Breakdown:
    """Sort by a count: up to and with the first top, above it up to the second, …, above the last."""
    starts = [1, *(top + 1 for top in tops)]
    names = [f"{start}-{top}" if start < top else f"{top}" for start, top in zip(starts, tops, strict=False)]
    names.append(f"over {tops[-1]}")

    def group_of(question: Question) -> str | None:
        number = count(question)
        return None if number is None else names[bisect_left(tops, number)]

    return Breakdown(group_of, tuple(names))


BREAKDOWNS = {
    "question word": Breakdown(question_word),
    "answerable": Breakdown(lambda question: _flag(question.is_answerable, "answerable", "unanswerable")),
    "subjective": Breakdown(lambda question: _flag(question.meta.get("is_subjective"), "subjective", "factual")),
    "kind": _stated("kind"),
    "division": _stated("division"),
    "reviewers": _ranges(lambda question: question.meta.get("reviewers"), 1, 3, 6),
    "domain": _stated("domain"),
    "split": _stated("split"),
    "question length": _ranges(question_words, 5, 8, 12),
    "review length": _ranges(review_words, 100, 200, 400),
    "item size": _ranges(lambda question: question.meta.get("item_reviews"), 1, 5, 20),
}
"""Lengths are in words, sizes of items in stored reviews, reviewers those who answer a question."""
