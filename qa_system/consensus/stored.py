"""A consensus as plain data that name places of reviews, and back: what the cache keeps beside a store."""

from collections.abc import Iterable, Mapping
from typing import Any

from haystack import Document, ExtractedAnswer

from qa_system.records import Consensus, Side
from qa_system.reviews import ReviewKey, review_key

Reviews = Mapping[ReviewKey, Document]
"""Whole reviews by their keys."""


def stored_consensus(consensus: Consensus) -> dict[str, Any]:
    """
    Put a consensus into plain data, without the reviews.

    :param consensus: The consensus; its quotes are located in whole reviews of a store.
    :returns: What `read_consensus` takes.
    """
    return {
        "kind": consensus.kind,
        "sides": [{"stance": side.stance, "quotes": stored_answers(side.quotes)} for side in consensus.sides],
        "agreement": consensus.agreement,
        "interval": list(consensus.interval),
        "reviews": consensus.reviews,
        "copies": consensus.copies,
    }


def read_consensus(stored: Mapping[str, Any], query: str, reviews: Reviews) -> Consensus:
    """
    Make a consensus of what was stored.

    :param stored: What `stored_consensus` gave.
    :param query: The question.
    :param reviews: The reviews that it quotes, at least, as they were.
    :returns: The same consensus.
    :raises KeyError: A review is not there.
    """
    sides = (Side(side["stance"], read_answers(side["quotes"], query, reviews)) for side in stored["sides"])
    low, high = stored["interval"]
    return Consensus(
        stored["kind"], tuple(sides), stored["agreement"], (low, high), stored["reviews"], stored["copies"]
    )


def stored_answers(answers: Iterable[ExtractedAnswer]) -> list[dict[str, Any]]:
    """
    Put places of reviews into plain data.

    :param answers: Answers located in whole reviews of a store.
    :returns: Where each stands, and how sure it is.
    """
    return [_stored(answer) for answer in answers]


def read_answers(stored: Iterable[Mapping[str, Any]], query: str, reviews: Reviews) -> list[ExtractedAnswer]:
    """
    Make answers of places of reviews.

    :param stored: What `stored_answers` gave.
    :param query: The question.
    :param reviews: The reviews that they stand in, as they were.
    :returns: The same answers.
    :raises KeyError: A review is not there.
    """
    return [_read(one, query, reviews[one["item_id"], one["review_id"]]) for one in stored]


def _stored(answer: ExtractedAnswer) -> dict[str, Any]:
    review, span, shown = answer.document, answer.document_offset, answer.context_offset
    if review is None or span is None or shown is None:
        raise ValueError("Only an answer that stands in a review has a place.")
    item_id, review_id = review_key(review)
    return {
        "item_id": item_id,
        "review_id": review_id,
        "start": span.start,
        "end": span.end,
        "before": shown.start,
        "after": len(answer.context or "") - shown.end,
        "score": answer.score,
        "logit": answer.meta.get("logit"),
    }


def _read(stored: Mapping[str, Any], query: str, review: Document) -> ExtractedAnswer:
    text, start, end, before = review.content or "", stored["start"], stored["end"], stored["before"]
    return ExtractedAnswer(
        query=query,
        score=stored["score"],
        data=text[start:end],
        document=review,
        document_offset=ExtractedAnswer.Span(start, end),
        context=text[start - before : end + stored["after"]],
        context_offset=ExtractedAnswer.Span(before, before + end - start),
        meta={
            "review_id": stored["review_id"],
            "review_offset": {"start": start, "end": end},
            "logit": stored["logit"],
        },
    )
