"""Whole reviews and the passages they are stored as."""

from collections.abc import Collection, Iterable
from typing import Any

from haystack import Document
from haystack.document_stores.types import DocumentStore

from qa_system.records import PASSAGE_FIELDS

ReviewKey = tuple[str, str]
"""(item id, review id): shops number the reviews of each item from 1."""


def review_key(passage: Document) -> ReviewKey:
    """
    Tell which review a passage was cut from.

    :param passage: A passage, or a review.
    :returns: Its key.
    """
    return passage.meta["item_id"], passage.meta["review_id"]


def by_review(passages: Iterable[Document]) -> dict[ReviewKey, list[Document]]:
    """
    Group passages by their review.

    :param passages: In any order.
    :returns: The passages of each review, in the order given.
    """
    groups: dict[ReviewKey, list[Document]] = {}
    for passage in passages:
        groups.setdefault(review_key(passage), []).append(passage)
    return groups


def stored_passages(store: DocumentStore, keys: Collection[ReviewKey]) -> dict[ReviewKey, list[Document]]:
    """
    Look up all passages of some reviews.

    :param store: The document store.
    :param keys: Which reviews.
    :returns: The passages of each that is stored, and maybe of reviews with the item of one and the id of another.
    """
    if not keys:
        return {}
    items, reviews = zip(*keys, strict=True)
    return by_review(store.filter_documents(_all_of(item_id=items, review_id=reviews)))


def whole_review(passages: Collection[Document]) -> Document:
    """
    Put a review together from its passages, which overlap and cover it.

    :param passages: All passages of one review, in any order.
    :returns: The review: its id, its whole text, its metadata.
    """
    text, meta = "", {}
    for passage in sorted(passages, key=lambda passage: passage.meta["split_idx_start"]):
        text += (passage.content or "")[len(text) - passage.meta["split_idx_start"] :]
        meta = passage.meta
    return Document(
        id=meta["review_id"],
        content=text,
        meta={key: value for key, value in meta.items() if key not in PASSAGE_FIELDS},
    )


def _all_of(**fields: Collection[str]) -> dict[str, Any]:
    conditions = [
        {"field": f"meta.{field}", "operator": "in", "value": sorted(set(values))} for field, values in fields.items()
    ]
    return {"operator": "AND", "conditions": conditions}
