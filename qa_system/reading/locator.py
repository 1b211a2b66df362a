"""Answers in passages -> answers in whole reviews."""

from dataclasses import replace
from typing import Any

from haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict
from haystack.document_stores.types import DocumentStore

from qa_system.reviews import ReviewKey, review_key, stored_passages, whole_review


@component
class ReviewLocator:
    """
    Shows each answer in the whole review it stands in: the reader answers from a passage, a person reads reviews.

    :param document_store: The store the passages came from.
    """

    def __init__(self, document_store: DocumentStore) -> None:
        self.document_store = document_store

    @component.output_types(answers=list[ExtractedAnswer])
    def run(self, answers: list[ExtractedAnswer]) -> dict[str, list[ExtractedAnswer]]:
        """
        Replace the passage of each answer by its review.

        :param answers: Answers as `Reader` gives them.
        :returns: `answers`, in the same order. `document` is the whole review, its id the review's; `document_offset`
            counts characters in it. An answer without a document, and one whose passage did not come from a review
            store, stay as they are.
        """
        passages = [answer.document for answer in answers if answer.document is not None]
        keys = {review_key(passage) for passage in passages if _is_from_a_review(passage)}
        reviews = {key: whole_review(stored) for key, stored in stored_passages(self.document_store, keys).items()}
        return {"answers": [_located(answer, reviews) for answer in answers]}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Haystack's dictionary form.
        """
        return default_to_dict(self, document_store=self.document_store)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ReviewLocator":
        """
        Restore the component.

        :param data: What `to_dict` gave.
        :returns: The component.
        """
        return default_from_dict(cls, data)


def _is_from_a_review(document: Document) -> bool:
    return {"item_id", "review_id", "split_idx_start"} <= document.meta.keys()


def _located(answer: ExtractedAnswer, reviews: dict[ReviewKey, Document]) -> ExtractedAnswer:
    passage = answer.document
    if passage is None or not _is_from_a_review(passage) or review_key(passage) not in reviews:
        return answer
    span = ExtractedAnswer.Span(**answer.meta["review_offset"])
    return replace(answer, document=reviews[review_key(passage)], document_offset=span)
