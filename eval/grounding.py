"""The reviews that questions were marked in: which are the right ones to read, and whether every label lies in one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

from haystack import Document

from qa_system.errors import QueryError, SourceError
from qa_system.records import Question
from qa_system.reviews import label_fault

ReviewsOf = Callable[[str], Sequence[Document]]
"""Item id -> its whole reviews, as `QASystem.reviews` gives them."""

_SHOWN = 3


def right_reviews(question: Question, reviews_of: ReviewsOf) -> list[Document]:
    """
    Find what a reader has to read to know the answer, or that there is none.

    :param question: The question.
    :param reviews_of: Looks the reviews of an item up, where the question brings none along.
    :returns: The question's own review; else the reviews with an answer; else those that were judged; else all reviews
        of the item. Each is whole.
    """
    return _right(question, _own_review(question) or _of_item(question.item_id, reviews_of))


def checked(questions: Sequence[Question], reviews_of: ReviewsOf) -> list[Question]:
    """
    Make sure that every label marks its words in a review that is there, before compute is spent.

    :param questions: The questions, with labels whose offsets count in the reviews as stored.
    :param reviews_of: Looks reviews up: once for each item, and only for questions that bring no review along.
    :returns: The questions, in order. `meta` has `review_words`, the mean number of words of the right reviews, and,
        where reviews were looked up, `item_reviews`, how many the item has.
    :raises SourceError: If a question names no item, or a label's review is not there or does not have its words
        there; the message counts such questions and shows the first.
    """
    described: dict[int, Question] = {}
    faults: dict[int, str] = {}
    for item_id, places in _by_item(questions).items():
        stored = _of_item(item_id, reviews_of) if any(questions[place].context is None for place in places) else []
        for place in places:
            question = questions[place]
            reviews = _own_review(question) or stored
            if fault := _fault(question, reviews):
                faults[place] = fault
            else:
                described[place] = _described(question, reviews)
    if faults:
        raise SourceError(_mismatch([faults[place] for place in sorted(faults)], len(questions)))
    return [described[place] for place in range(len(questions))]


def _own_review(question: Question) -> list[Document]:
    if question.context is None:
        return []
    review_id = question.labels[0].review_id if question.labels else question.id
    meta = {"item_id": question.item_id, "review_id": review_id}
    return [Document(id=review_id, content=question.context, meta=meta)]


def _of_item(item_id: str | None, reviews_of: ReviewsOf) -> Sequence[Document]:
    try:
        return reviews_of(item_id) if item_id is not None else []
    except QueryError:  # an unknown item is told with all others that are missing
        return []


def _right(question: Question, reviews: Sequence[Document]) -> list[Document]:
    answering = {label.review_id for label in question.labels if label.has_answer}
    wanted = answering or {label.review_id for label in question.labels}
    return [review for review in reviews if not wanted or review.meta["review_id"] in wanted]


def _by_item(questions: Sequence[Question]) -> dict[str | None, list[int]]:
    places: dict[str | None, list[int]] = {}
    for place, question in enumerate(questions):
        places.setdefault(question.item_id, []).append(place)
    return places


def _fault(question: Question, reviews: Sequence[Document]) -> str | None:
    """Say the first thing that is wrong with a question."""
    if not reviews:
        which = "it names no item" if question.item_id is None else f"no review of item {question.item_id!r} is stored"
        return f"{question.id}: {which}"
    texts = {review.meta["review_id"]: review.content or "" for review in reviews}
    faults = (label_fault(label, texts) for label in question.labels)
    return next((f"{question.id}, item {question.item_id!r}: {fault}" for fault in faults if fault), None)


def _described(question: Question, reviews: Sequence[Document]) -> Question:
    words = fmean(len((review.content or "").split()) for review in _right(question, reviews))
    counted = {"item_reviews": len(reviews)} if question.context is None else {}
    return replace(question, meta={**question.meta, "review_words": words, **counted})


def _mismatch(faults: Sequence[str], total: int) -> str:
    more = f"\n  … and {len(faults) - _SHOWN:,} more" if len(faults) > _SHOWN else ""
    return (
        f"{len(faults):,} of {total:,} questions do not match the reviews they were marked in:\n  "
        + "\n  ".join(faults[:_SHOWN])
        + f"{more}\nIndex those very reviews with `qa index`, or name the store that holds them with --store."
    )
