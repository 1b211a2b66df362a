"""Labelled questions -> what reviews say of what, and where the aspects are that they name."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from qa_system.records import Question
from qa_system.training.opinions.sentences import Extent, around

_CATEGORY = "cat"


@dataclass(frozen=True)
class Opinion:
    """
    What a review says of something.

    :param context: The review.
    :param question: A question that asks for it.
    :param term: What it is about, in the review's words or as a category; empty where only the question says.
    :param place: Where the review names it; None where it does not.
    :param spans: Where the review says it.
    """

    context: str
    question: str
    term: str
    place: Extent | None
    spans: tuple[Extent, ...]

    @property
    def phrase(self) -> str:
        """The words that say it."""
        return " … ".join(self.context[slice(*span)] for span in self.spans)

    @cached_property
    def extent(self) -> Extent:
        """The sentences that it stands in."""
        return around(self.context, (min(start for start, _ in self.spans), max(end for _, end in self.spans)))

    @property
    def text(self) -> str:
        """The words of these sentences."""
        return self.context[slice(*self.extent)]

    @property
    def abouts(self) -> list[str]:
        """The ways to say what it is about."""
        return [one for one in (self.term, self.question) if one]


@dataclass(frozen=True, slots=True)
class Tagged:
    """
    A text with the aspects that it has an opinion on.

    :param text: The text.
    :param aspects: Where they are named.
    :param unsure: Where they are named as well, but maybe not for the opinion.
    """

    text: str
    aspects: tuple[Extent, ...]
    unsure: tuple[Extent, ...]


def opinions_of(questions: Iterable[Question]) -> list[Opinion]:
    """
    Read what reviews say.

    :param questions: Labelled questions with their reviews. What follows the last `|` of an id is an aspect, as in the
        aspect sets of `shared/data`; `cat|…` is a category, which no review names.
    :returns: One for each question that has an answer.
    """
    answerable = (question for question in questions if question.context and question.is_answerable)
    return [opinion for opinion in map(_opinion, answerable) if opinion.spans]


def tagged(opinions: Sequence[Opinion]) -> list[Tagged]:
    """
    Put the aspects of each text together.

    :param opinions: What was said, with those of one review side by side.
    :returns: The texts of which aspects are named.
    """
    groups = (list(group) for _, group in groupby(opinions, key=lambda one: one.context))
    return [_tagged(group) for group in groups if any(one.place for one in group)]


def _opinion(question: Question) -> Opinion:
    context = question.context or ""
    spans = _longest(sorted({(one.start, one.end) for one in question.labels if one.start is not None and one.end}))
    _, *kinds, term = question.id.split("|") if "|" in question.id else ("", "")
    place = None if _CATEGORY in kinds or not (term and spans) else _place(context, term, spans)
    return Opinion(context, question.text, term, place, spans)


def _longest(spans: Sequence[Extent]) -> tuple[Extent, ...]:
    """Leave out spans within others: `good` within `good battery life`."""
    return tuple(
        one for one in spans if not any(one != other and other[0] <= one[0] and one[1] <= other[1] for other in spans)
    )


def _place(context: str, term: str, spans: Sequence[Extent]) -> Extent | None:
    """Find a term where it is nearest to what is said of it."""
    found = _places(context, term)
    return min(found, key=lambda place: min(_distance(place, span) for span in spans), default=None)


def _places(context: str, term: str) -> list[Extent]:
    pattern = rf"(?<!\w){re.escape(term)}(?!\w)"
    return [match.span() for match in re.finditer(pattern, context, re.IGNORECASE)]


def _distance(one: Extent, other: Extent) -> int:
    return max(0, one[0] - other[1], other[0] - one[1])


def _tagged(group: Sequence[Opinion]) -> Tagged:
    text = group[0].context
    aspects = {one.place for one in group if one.place}
    named = {place for one in group if one.place for place in _places(text, one.term)}
    return Tagged(text, tuple(sorted(aspects)), tuple(sorted(named - aspects)))


def in_order(opinions: Iterable[Opinion]) -> Iterator[Opinion]:
    """
    Put what one review says side by side, in the order of the reviews.

    :param opinions: What was said.
    :returns: The same.
    """
    groups: dict[str, list[Opinion]] = {}
    for one in opinions:
        groups.setdefault(one.context, []).append(one)
    for group in groups.values():
        yield from group
