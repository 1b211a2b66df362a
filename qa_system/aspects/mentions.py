"""Reviews -> the places where they speak of a side of the product, and what they think of it there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import regex

from qa_system.aspects.sentences import sentence_around
from qa_system.consensus.stance import Polarities
from qa_system.generation.words import content, words_of
from qa_system.opinions.model import NEGATIVE, NEUTRAL, POSITIVE, Aspect

LEAST_SCORE = 0.5
"""How sure the model has to be that a text speaks of something."""

_SAYS_NOTHING = regex.compile(
    r"products?|items?|things?|stuff|purchases?|buy|orders?|ones?|reviews?|stars?|brand|amazon|sellers?|company"
    r"|customers?|anything|something|everything|nothing"
)
"""What people call the product as a whole, and those who sell it."""


class Opinions(Polarities, Protocol):
    """What is asked of `OpinionModel`, or of what a test puts in its place."""

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        """
        Find what texts speak of.

        :param texts: The texts.
        :returns: The aspects of each.
        """
        ...


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A place of a review that speaks of a side of the product.

    :param term: What it speaks of, in its words, in lower case.
    :param key: The stems of these words, without those that mean nothing by themselves.
    :param review: Number of the review, counted from 0.
    :param start: Offset of the first character of the sentence that says it, in the review.
    :param end: Offset after its last character.
    :param negative: The probability that it is spoken ill of there.
    :param neutral: The probability that there is no opinion of it.
    :param positive: The probability that it is spoken well of.
    """

    term: str
    key: frozenset[str]
    review: int
    start: int
    end: int
    negative: float
    neutral: float
    positive: float


def find_mentions(reviews: Sequence[str], model: Opinions, *, language: str) -> list[Mention]:
    """
    Find what reviews speak of, and what they think of it.

    :param reviews: Whole texts.
    :param model: Finds aspects and judges opinions.
    :param language: Decides how words are stemmed.
    :returns: The mentions, review by review, in the order of their text.
    :raises ModelError: The model cannot be loaded.
    """
    places = list(_places(reviews, model, language)) if reviews else []
    if not places:
        return []
    pairs = [(place.term, reviews[place.review][place.start : place.end]) for place in places]
    judged = model.polarities(pairs)[:, [NEGATIVE, NEUTRAL, POSITIVE]].tolist()
    return [Mention(*place, *probabilities) for place, probabilities in zip(places, judged, strict=True)]


class _Place(NamedTuple):
    term: str
    key: frozenset[str]
    review: int
    start: int
    end: int


def _places(reviews: Sequence[str], model: Opinions, language: str) -> Iterator[_Place]:
    for number, (text, aspects) in enumerate(zip(reviews, model.aspects(reviews), strict=True)):
        for aspect in aspects:
            term = " ".join(aspect.text.lower().split())
            key = content(words_of(term, language))
            if aspect.score >= LEAST_SCORE and key and not _SAYS_NOTHING.fullmatch(term):
                yield _Place(term, key, number, *sentence_around(text, aspect.start, aspect.end))
