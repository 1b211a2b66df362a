"""Reviews from tables whose columns may be called anything: a mapping given by the user, else well-known names."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.errors import SourceError
from qa_system.records import Rejection
from qa_system.sources.formats import FieldMapping
from qa_system.sources.rows import Located, Row, locate_reviews
from qa_system.sources.values import REQUIRED_FIELDS, review_document, scalars

if TYPE_CHECKING:
    from haystack import Document

ALIASES: dict[str, tuple[str, ...]] = {
    "text": ("text", "review", "reviewtext", "reviewbody", "body", "content", "comment"),
    "item_id": ("itemid", "parentasin", "asin", "productid", "businessid", "item", "product"),
    "review_id": ("reviewid", "id"),
    "rating": ("rating", "overall", "score", "stars", "starrating"),
    "date": ("date", "reviewdate", "unixreviewtime", "reviewtime", "timestamp", "time"),
    "title": ("title", "reviewtitle", "summary", "headline"),
    "item_name": ("itemname", "productname", "producttitle"),
    "category": ("category", "productcategory", "domain"),
    "helpful_vote": ("helpfulvote", "helpfulvotes"),
}
"""Our fields, and what others call them, likeliest first; compared without case, blanks, `_` and `-`."""

FIELDS = tuple(ALIASES)

ROWS_LOOKED_AT = 100
"""JSON rows may leave out keys, so the columns of a file are those of its first rows together."""


def mapped_reviews(path: Path, rows: Iterable[Row | Rejection], mapping: FieldMapping) -> Iterator[Located | Rejection]:
    """
    Read reviews from rows.

    :param path: The file, for messages.
    :param rows: Rows and rejections.
    :param mapping: Our field to their column; fields left out are found by well-known names.
    :returns: A review or a rejection for each row, in order.
    :raises SourceError: If no column holds the text or the item, or a mapped column does not exist.
    """
    rows = iter(rows)
    first = list(islice(rows, ROWS_LOOKED_AT))
    found = dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values)
    if found:
        check_columns(path, found, mapping)
    resolved = resolve_columns(found, mapping)
    return locate_reviews(chain(first, rows), partial(_mapped_review, resolved, frozenset(resolved.values())))


def resolve_columns(columns: Iterable[str], mapping: FieldMapping) -> dict[str, str]:
    """
    Find the column of each field.

    :param columns: The columns of a file.
    :param mapping: Our field to their column, as far as the user said.
    :returns: Our field to their column, for the fields that have one.
    """
    plain = {_plain_name(column): column for column in columns if column not in mapping.values()}
    known = {
        field: plain[alias]
        for field, aliases in ALIASES.items()
        if (alias := next((alias for alias in aliases if alias in plain), None))
    }
    return known | dict(mapping)


def check_columns(path: Path, columns: Iterable[str], mapping: FieldMapping) -> None:
    """
    Refuse a table that cannot hold reviews.

    :param path: The file, for messages.
    :param columns: Its columns.
    :param mapping: Our field to their column, as far as the user said.
    :raises SourceError: If a mapped column does not exist, or none holds the text or the item.
    """
    columns = list(columns)
    found = f"Columns found: {', '.join(columns)}."
    for field, column in mapping.items():
        if column not in columns:
            raise SourceError(f"{path} has no column {column!r} for {field}. {found}")
    for field in REQUIRED_FIELDS:
        if field not in resolve_columns(columns, mapping):
            raise SourceError(f"{path} has no column known to hold {field}. {found} Say which: --map {field}=COLUMN")


def _mapped_review(resolved: Mapping[str, str], taken: frozenset[str], values: Mapping[str, Any]) -> "Document":
    fields = {field: values.get(column) for field, column in resolved.items()}
    return review_document(fields, scalars(values, without=taken))


def _plain_name(column: str) -> str:
    return column.lower().translate(str.maketrans("", "", " _-"))
