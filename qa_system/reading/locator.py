"""Answers in passages -> answers in whole reviews."""

from dataclasses import replace
from typing import Any

from haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict
from haystack.document_stores.types import DocumentStore

PASSAGE_FIELDS = ("split_id", "split_idx_start", "fingerprint", "source", "found_by")
"""Metadata that belong to a passage, not to the review it was cut from."""


@component
class ReviewLocator:
    """
    Shows each answer in the whole review it stands in.

    The reader answers from a passage, a person wants to see the review. The store holds passages that overlap and
    cover their review, so the review is put together from them.

    :param document_store: The store the passages came from.
    """

    def __init__(self, document_store: DocumentStore) -> None:
        self.document_store = document_store

    @component.output_types(answers=list[ExtractedAnswer])
    def run(self, answers: list[ExtractedAnswer]) -> dict[str, Any]:
        """
        Replace the passage of each answer by its review.

        :param answers: Answers as `Reader` gives them.
        :returns: `answers`, in the same order. `document` is the whole review, its id the review's; `document_offset`
            counts characters in it. An answer without a document, and one whose passage did not come from a review
            store, stay as they are.
        """
        reviews = self._reviews([answer.document for answer in answers if answer.document])
        return {"answers": [_located(answer, reviews) for answer in answers]}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Haystack's dictionary form.
        """
        return default_to_dict(self, document_store=self.document_store.to_dict())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ReviewLocator":
        """
        Restore the component.

        :param data: What `to_dict` gave.
        :returns: The component.
        """
        return default_from_dict(cls, data)

    def _reviews(self, passages: list[Document]) -> dict[tuple[str, str], Document]:
        names = sorted({passage.meta["review_id"] for passage in passages if "review_id" in passage.meta})
        if not names:
            return {}
        stored = self.document_store.filter_documents({"field": "meta.review_id", "operator": "in", "value": names})
        by_review: dict[tuple[str, str], list[Document]] = {}
        for passage in stored:
            by_review.setdefault(_key(passage), []).append(passage)
        return {key: whole_review(passages) for key, passages in by_review.items()}


def whole_review(passages: list[Document]) -> Document:
    """
    Put a review together from its passages.

    :param passages: All passages of one review, in any order.
    :returns: The review: its id, its whole text, its metadata.
    """
    text = ""
    for passage in sorted(passages, key=lambda passage: passage.meta["split_idx_start"]):
        text += (passage.content or "")[len(text) - passage.meta["split_idx_start"] :]
    meta = {key: value for key, value in passages[0].meta.items() if key not in PASSAGE_FIELDS}
    return Document(id=meta["review_id"], content=text, meta=meta)


def _located(answer: ExtractedAnswer, reviews: dict[tuple[str, str], Document]) -> ExtractedAnswer:
    review = reviews.get(_key(answer.document)) if answer.document else None
    if review is None:
        return answer
    return replace(answer, document=review, document_offset=ExtractedAnswer.Span(**answer.meta["review_offset"]))


def _key(passage: Document) -> tuple[str, str]:
    return passage.meta.get("item_id", ""), passage.meta.get("review_id", "")
