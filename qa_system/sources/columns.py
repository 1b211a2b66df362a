"""Reviews from tables whose columns may be called anything: a mapping given by the user, else well-known names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def mapped_reviews(
    path: Path, rows: Iterable[Row | Rejection], mapping: FieldMapping, *, columns: Sequence[str] = ()
) -> Iterator[Located | Rejection]:
    """
    Read reviews from rows.

    :param path: The file, for messages.
    :param rows: Rows and rejections.
    :param mapping: Our field to their column; fields left out are found by well-known names.
    :param columns: The columns of the file, where it names them apart from its rows, which may be none.
    :returns: A review or a rejection for each row, in order.
    :raises SourceError: If no column holds the text or the item, or a mapped column does not exist.
    """
    rows = iter(rows)
    first = list(islice(rows, ROWS_LOOKED_AT))
    columns = columns or list(dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values))
    if columns:
        _check_columns(path, columns, mapping)
    resolved = resolve_columns(columns, mapping)
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


def check_distinct(path: Path, columns: Iterable[str]) -> None:
    """
    Refuse a table in which a name stands for several columns: all but the last would be lost.

    :param path: The file, for messages.
    :param columns: Its columns. Those without a name may be many, they are not read.
    :raises SourceError: If a name is repeated.
    """
    repeated = [name for name, times in Counter(columns).items() if name and times > 1]
    if repeated:
        raise SourceError(
            f"{path} has more than one column named {', '.join(repeated)}. Give each column a name of its own."
        )


def _check_columns(path: Path, columns: Sequence[str], mapping: FieldMapping) -> None:
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
