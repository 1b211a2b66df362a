"""Spans of many reviews -> sides, each reviewer counted once, and how far they agree."""

from collections.abc import Hashable, Sequence

from haystack import Document, ExtractedAnswer

from qa_system.consensus.copies import originals
from qa_system.consensus.grouping import LEAST_COSINE, Encode, same_facts
from qa_system.consensus.questions import question_kind
from qa_system.consensus.stance import Polarities, stances
from qa_system.records import Consensus, QuestionKind, Side, Stance

CONFIDENCE = 0.95
MIN_SCORE = 0.25
"""
Probability that a span answers the question from which its reviewer is counted. Chosen on the bundled sample (dev),
where it counts best: 0.62 of F1, and 1.04 reviewers too many or too few on average.
"""

ReviewId = tuple[str | None, str]


def agree(
    query: str,
    answers: Sequence[ExtractedAnswer],
    reviews: Sequence[Document] | None = None,
    *,
    model: Polarities,
    encode: Encode,
    min_score: float = MIN_SCORE,
    least_cosine: float = LEAST_COSINE,
) -> Consensus:
    """
    Find what reviewers agree on.

    :param query: The question.
    :param answers: What was found in their reviews, each located in its whole review, in any order.
    :param reviews: All reviews that were read; None where these are the reviews of the answers.
    :param model: Tells good opinions from bad ones.
    :param encode: Gives the vectors of spans.
    :param min_score: Score that an answer needs to be counted.
    :param least_cosine: Cosine from which two spans may state the same fact.
    :returns: The consensus.
    """
    found = [answer for answer in answers if answer.data and answer.document is not None]
    read = _distinct([answer.document for answer in found if answer.document] if reviews is None else reviews)
    original = _original_of(read)
    counted = one_each([answer for answer in found if answer.score >= min_score], original)
    kind = question_kind(query)
    sides = _sides(query, kind, counted, model, encode, least_cosine)
    return consensus_of(kind, sides, reviews=len(read), copies=sum(key != first for key, first in original.items()))


def one_each(answers: Sequence[ExtractedAnswer], original: dict[ReviewId, ReviewId]) -> list[ExtractedAnswer]:
    """
    Keep the best answer of each review, copies of a review counted as one.

    :param answers: Answers located in their reviews.
    :param original: The review that each one is a copy of, its own where it is none; reviews not named are none.
    :returns: The answers, best first.
    """
    best: dict[ReviewId, ExtractedAnswer] = {}
    for answer in sorted(answers, key=lambda answer: -answer.score):
        if answer.document is not None:
            key = review_id(answer.document)
            best.setdefault(original.get(key, key), answer)
    return list(best.values())


def consensus_of(kind: QuestionKind, sides: Sequence[Side], *, reviews: int, copies: int) -> Consensus:
    """
    Sum up who is on which side.

    :param kind: What the question asks for.
    :param sides: The sides, in any order.
    :param reviews: How many reviews were read.
    :param copies: How many of them were copies.
    :returns: The consensus; sides of equal support stand in the order of their best scores.
    """
    ordered = sorted((side for side in sides if side.quotes), key=lambda side: (-side.support, -side.quotes[0].score))
    leading, speaking = ordered[0].support if ordered else 0, sum(side.support for side in ordered)
    agreement = leading / speaking if speaking else 0.0
    return Consensus(kind, tuple(ordered), agreement, wilson(leading, speaking), reviews, copies)


def wilson(count: int, total: int) -> tuple[float, float]:
    """
    Give the 95% Wilson score interval of a share.

    :param count: How many of them.
    :param total: How many in all.
    :returns: Its ends in [0, 1]; all of it where there is none.
    """
    from scipy.stats import binomtest

    if not total:
        return 0.0, 1.0
    interval = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def review_id(review: Document) -> ReviewId:
    """
    Tell one review from another.

    :param review: A whole review; it need not come from a store.
    :returns: Its item, if it has one, and its id.
    """
    return review.meta.get("item_id"), str(review.meta.get("review_id", review.id))


def _sides(
    query: str,
    kind: QuestionKind,
    counted: Sequence[ExtractedAnswer],
    model: Polarities,
    encode: Encode,
    least_cosine: float,
) -> list[Side]:
    if kind == "factual":
        groups: Sequence[Hashable] = same_facts(
            [answer.data or "" for answer in counted], encode, least_cosine=least_cosine
        )
        return [Side("", _quotes(counted, groups, group)) for group in dict.fromkeys(groups)]
    taken: list[Stance] = stances(query, counted, model)
    return [Side(stance, _quotes(counted, taken, stance)) for stance in dict.fromkeys(taken)]


def _quotes(counted: Sequence[ExtractedAnswer], groups: Sequence[Hashable], group: Hashable) -> list[ExtractedAnswer]:
    return [answer for answer, of_answer in zip(counted, groups, strict=True) if of_answer == group]


def _distinct(reviews: Sequence[Document]) -> list[Document]:
    return list({review_id(review): review for review in reviews}.values())


def _original_of(reviews: Sequence[Document]) -> dict[ReviewId, ReviewId]:
    keys = [review_id(review) for review in reviews]
    first = originals([review.content or "" for review in reviews])
    return {key: keys[index] for key, index in zip(keys, first, strict=True)}
