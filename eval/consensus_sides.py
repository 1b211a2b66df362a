"""Which reviewer is on which side of a question: as it was marked, and as a system says."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa_system.eval.predictions import Agreed, Stand
from qa_system.records import Question

STANCES = frozenset({"yes", "no", "positive", "negative", "neutral"})
"""Sides of questions of opinion, and of yes/no questions; any other is the key of a fact."""


@dataclass(frozen=True, slots=True)
class Marked:
    """
    What annotators say of the reviewers.

    :param sides: Side to ids of reviews, the largest first; none where nobody judged sides. `yes` and `no` are told as
        `positive` and `negative` for the item, so that it does not matter in which words a system puts its answer.
    :param answering: The reviews that answer, whether their side was judged or not.
    :param is_fact: Whether the sides are keys of facts.
    """

    sides: Mapping[str, frozenset[str]]
    answering: frozenset[str]
    is_fact: bool

    @property
    def leading(self) -> tuple[str, ...]:
        """The sides that most reviewers are on: several where as many are on each."""
        most = max(map(len, self.sides.values()), default=0)
        return tuple(side for side, reviews in self.sides.items() if len(reviews) == most)

    @property
    def side_of(self) -> dict[str, str]:
        """Review id to side."""
        return {review: side for side, reviews in self.sides.items() for review in reviews}

    def count(self, side: str | None) -> int:
        """
        Count the reviewers on a side.

        :param side: The side; None for none.
        :returns: Their number.
        """
        return len(self.sides.get(side, ())) if side is not None else 0

    def share(self, side: str | None) -> float:
        """
        Tell how many of the reviewers are on a side.

        :param side: The side; None for none.
        :returns: Their share, in [0, 1].
        """
        return self.count(side) / max(1, sum(map(len, self.sides.values())))


@dataclass(frozen=True, slots=True)
class Stated:
    """
    What a system says of the reviewers.

    :param leading: What its leading side means, as a side of `Marked`; None where it says nothing, or what nobody
        marked.
    :param supporters: The reviews on its leading side.
    :param dissenters: The reviews on its other sides.
    :param placed: Review id to the side that it puts the reviewer on.
    :param agreement: The share of its leading side.
    """

    leading: str | None
    supporters: frozenset[str]
    dissenters: frozenset[str]
    placed: Mapping[str, str | None]
    agreement: float

    @property
    def speaking(self) -> frozenset[str]:
        """All reviews that it says something of."""
        return self.supporters | self.dissenters


def marked(question: Question) -> Marked:
    """
    Read the sides off the labels of a question.

    :param question: Its `meta["favourable"]` says which of `yes` and `no` speaks for the item; `yes` where it does not.
    :returns: Each review once, on the side of its first label that has one.
    """
    side_of: dict[str, str] = {}
    for label in question.labels:
        if label.side is not None:
            side_of.setdefault(label.review_id, normal_side(label.side, question))
    reviews: dict[str, set[str]] = {}
    for review, side in side_of.items():
        reviews.setdefault(side, set()).add(review)
    ordered = sorted(reviews.items(), key=lambda found: -len(found[1]))
    return Marked(
        sides={side: frozenset(found) for side, found in ordered},
        answering=frozenset(label.review_id for label in question.labels if label.is_relevant),
        is_fact=not STANCES.issuperset(reviews),
    )


def stated(agreed: Agreed, question: Question) -> Stated:
    """
    Put what a system says in the terms of the labels.

    :param agreed: What it says.
    :param question: The question.
    :returns: The same. A side of a question of fact, or one without a stance, means what most of its reviews were
        marked with.
    """
    truth = marked(question)
    meanings = [_meaning(stand, truth, question) for stand in agreed.sides]
    placed: dict[str, str | None] = {}
    for stand, meaning in zip(agreed.sides, meanings, strict=True):
        for review in _reviews(stand):
            placed.setdefault(review, meaning)
    supporters = frozenset(_reviews(agreed.sides[0])) if agreed.sides else frozenset[str]()
    return Stated(
        leading=meanings[0] if meanings else None,
        supporters=supporters,
        dissenters=frozenset(placed) - supporters,
        placed=placed,
        agreement=agreed.agreement,
    )


def normal_side(side: str, question: Question) -> str:
    """
    Tell what a side means for the item.

    :param side: A side, as labelled or as a system puts it.
    :param question: The question.
    :returns: `positive` or `negative` for `yes` and `no`; any other side as it is.
    """
    if side not in ("yes", "no"):
        return side
    return "positive" if side == question.meta.get("favourable", "yes") else "negative"


def _meaning(stand: Stand, truth: Marked, question: Question) -> str | None:
    if stand.stance and not truth.is_fact:
        return normal_side(stand.stance, question)
    found = Counter(_known(_reviews(stand), truth.side_of))
    return found.most_common(1)[0][0] if found else None


def _known(reviews: Iterable[str], side_of: Mapping[str, str]) -> list[str]:
    return [side_of[review] for review in reviews if review in side_of]


def _reviews(stand: Stand) -> list[str]:
    return [quote.review_id for quote in stand.quotes if quote.review_id is not None]
