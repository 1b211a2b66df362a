"""Format `amazon`: McAuley's Amazon reviews as JSON lines, plain or gzip, of 2014, 2018 and 2023."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.records import Rejection
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.jsonl import json_rows
from qa_system.sources.rows import Located, locate_reviews
from qa_system.sources.values import content_id, is_present, review_document, scalars

if TYPE_CHECKING:
    from haystack import Document

COLUMNS: dict[str, tuple[str, ...]] = {
    "item_id": ("parent_asin", "asin"),
    "text": ("text", "reviewText"),
    "title": ("title", "summary"),
    "rating": ("rating", "overall"),
    "date": ("timestamp", "unixReviewTime", "reviewTime"),
    "user_id": ("user_id", "reviewerID"),
    "helpful_vote": ("helpful_vote", "vote"),
    "verified_purchase": ("verified_purchase", "verified"),
}
"""Our field to its name in the 2023 edition, then in the older ones."""


def _review(values: Mapping[str, Any]) -> "Document":
    columns = {field: _first_present(values, names) for field, names in COLUMNS.items()}
    fields = {field: values.get(column) for field, column in columns.items()}
    fields["review_id"] = content_id(*(str(fields[part]) for part in ("user_id", "item_id", "date", "text")))
    return review_document(fields, scalars(values, without=set(columns.values())))


def _first_present(values: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        if is_present(values.get(name)):
            return name
    return ""


def _matches(head: Head) -> bool:
    old = head.has(["asin", "reviewerID", "reviewText"])
    return head.container == "jsonl" and (old or head.has(["asin", "user_id", "text"]))


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    return locate_reviews(json_rows(path), _review)


FORMAT = Format("amazon", _matches, _reviews)
