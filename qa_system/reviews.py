"""Whole reviews and the passages they are stored as."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from haystack import Document
from haystack.document_stores.types import DocumentStore

from qa_system.records import PASSAGE_FIELDS, Label

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


def stored_texts(store: DocumentStore, keys: Collection[ReviewKey]) -> dict[str, dict[str, str]]:
    """
    Look up the texts of some reviews.

    :param store: The document store.
    :param keys: Which reviews.
    :returns: For each item the whole text of its reviews by their ids, as far as they are stored.
    """
    texts: dict[str, dict[str, str]] = {}
    for (item_id, review_id), passages in stored_passages(store, keys).items():
        texts.setdefault(item_id, {})[review_id] = whole_review(passages).content or ""
    return texts


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


def text_digest(text: str) -> str:
    """
    Sum a review up, to tell later whether it has changed.

    :param text: Its whole text, as stored.
    :returns: 32 hexadecimal characters, the same on every machine.
    """
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def reviews_digest(reviews: Iterable[Document]) -> str:
    """
    Sum reviews up, to tell later whether one was changed, added or removed.

    :param reviews: Whole reviews, in any order.
    :returns: 32 hexadecimal characters, the same on every machine.
    """
    lines = (repr((review_key(review), text_digest(review.content or ""))) for review in reviews)
    return text_digest("\n".join(sorted(lines)))


def label_fault(label: Label, texts: Mapping[str, str], *, digest: str | None = None) -> str | None:
    """
    Check that a label marks its words, or, where it marks none, that its review is still the one that was judged.

    :param label: The label.
    :param texts: Reviews of the item by id, as stored.
    :param digest: `text_digest` of the review that was judged; None where it is not known.
    :returns: What is wrong with it; None if its review is there and has its words at its offsets.
    """
    review = f"review {label.review_id!r}"
    if label.review_id not in texts:
        return f"its label is on {review}, which is not there"
    text = texts[label.review_id]
    if label.start is None or label.end is None:
        is_changed = digest is not None and digest != text_digest(text)
        return f"its label is on {review} as a whole, which has changed since" if is_changed else None
    if not 0 <= label.start < label.end <= len(text):
        return f"its label is at {label.start} to {label.end} of {review}, which has {len(text):,} characters"
    if (there := text[label.start : label.end]) != label.text:
        return f"its label reads {label.text!r}, and {review} has {there!r} there"
    return None


def _all_of(**fields: Collection[str]) -> dict[str, Any]:
    conditions = [
        {"field": f"meta.{field}", "operator": "in", "value": sorted(set(values))} for field, values in fields.items()
    ]
    return {"operator": "AND", "conditions": conditions}
