"""Values of cells, whatever type a format stored them in, and the review they make up."""

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from qa_system.records import PASSAGE_FIELDS
from qa_system.sources.rows import RowError

if TYPE_CHECKING:
    from haystack import Document

REQUIRED_FIELDS = ("text", "item_id")
IDENTITY_FIELDS = (*REQUIRED_FIELDS, "review_id")
AMAZON_DATE = re.compile(r"(?P<month>\d{1,2}) (?P<day>\d{1,2}), (?P<year>\d{4})")
UNIX_TIME_FROM = 100_000_000
"""Smaller numbers are no time: they are years (`2019`) or dates (`20190131`)."""
MILLISECONDS_FROM = 10_000_000_000
"""Unix times from here on count milliseconds: as seconds they would lie after the year 2286."""


def review_document(fields: Mapping[str, Any], further: Mapping[str, Any] | None = None) -> "Document":
    """
    Make a review.

    :param fields: Values by our field names; `text` and `item_id` must be there. A rating or date that is not
        understood is kept as it stands under `rating_as_given` or `date_as_given`.
    :param further: Further metadata, as `scalars` gives it. What is named like one of `PASSAGE_FIELDS` is kept under
        `source_as_given` and so on.
    :returns: The review. Its id is `review_id`, or where there is none a hash of item and text.
    :raises RowError: If text or item are missing, or a value is of a wrong type.
    """
    text, item_id = prose("text", fields.get("text")), identifier("item_id", fields.get("item_id"))
    review_id = fields.get("review_id")
    review_id = identifier("review_id", review_id) if is_present(review_id) else content_id(item_id, text)
    known = _typed(scalars(fields, without=IDENTITY_FIELDS))
    meta = {**_renamed(further or {}), **known, "item_id": item_id, "review_id": review_id}
    return _document_class()(id=review_id, content=text, meta=meta)


def prose(name: str, value: Any) -> str:
    """
    Check a text.

    :param name: The field, for the message.
    :param value: What the row has.
    :returns: The text, untouched.
    :raises RowError: If it is missing, blank, no string, or not Unicode.
    """
    if isinstance(value, str) and value.strip():
        return _unicode(value)
    if not is_present(value):
        raise RowError(f"{name} is missing or empty")
    if isinstance(value, str):
        raise RowError(f"{name} is blank")
    raise RowError(f"{name} is of type {type(value).__name__}, not a string")


def identifier(name: str, value: Any) -> str:
    """
    Read an id, which a format may have stored as a number.

    :param name: The field, for the message.
    :param value: What the row has.
    :returns: The id without surrounding blanks; whole numbers without a decimal point.
    :raises RowError: If it is missing, blank, neither a string nor a whole number, or not Unicode.
    """
    if isinstance(value, str) or not is_present(value):
        return prose(name, value).strip()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise RowError(f"{name} is {value!r}, neither a string nor a whole number")


def content_id(*parts: str) -> str:
    """
    Name something by what it says.

    :param parts: The texts that make it what it is.
    :returns: 32 hexadecimal characters, the same on every machine.
    """
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def is_present(value: Any) -> bool:
    """
    Tell a value from an empty cell.

    :param value: What the row has.
    :returns: False for None, the empty string, and numbers that are not finite (how pandas writes an empty cell).
    """
    return value is not None and value != "" and not (isinstance(value, float) and not math.isfinite(value))


def scalars(columns: Mapping[str, Any], *, without: Collection[str] = ()) -> dict[str, Any]:
    """
    Keep what metadata can hold.

    :param columns: Values by column name.
    :param without: The columns to leave out.
    :returns: Strings, numbers and truth values by the same names; dates as ISO strings. Lists, objects, bytes, empty
        cells and columns without a name are left out.
    :raises RowError: If a string is not Unicode.
    """
    return {
        name: scalar
        for name, value in columns.items()
        if name and name not in without and (scalar := _scalar(value)) is not None
    }


def number(value: Any) -> float | None:
    """
    Read a number.

    :param value: A number, or a string such as `4.5` or `1,234`.
    :returns: The number, None if it is none.
    """
    if isinstance(value, bool):
        return None
    try:
        read = float(value.replace(",", "") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def count(value: Any) -> int | None:
    """
    Read a whole number.

    :param value: A number, or a string such as `1,234`.
    :returns: The number, None if it is none or has a fraction.
    """
    read = number(value)
    return int(read) if read is not None and read.is_integer() else None


def iso_date(value: Any) -> str | None:
    """
    Read a date.

    :param value: An ISO 8601 string, Amazon's `05 3, 2011`, or a Unix time in seconds or milliseconds.
    :returns: A string that starts with `YYYY-MM-DD`; None if the value is none of these.
    """
    seconds = number(value)
    try:
        if seconds is not None and seconds >= UNIX_TIME_FROM:
            return (
                datetime.fromtimestamp(seconds / (1000 if seconds >= MILLISECONDS_FROM else 1), UTC).date().isoformat()
            )
        if amazon := AMAZON_DATE.fullmatch(str(value)):
            return date(int(amazon["year"]), int(amazon["month"]), int(amazon["day"])).isoformat()
        return _iso(str(value))
    except (ValueError, OverflowError, OSError):
        return None


READERS: dict[str, Callable[[Any], Any]] = {"rating": number, "date": iso_date, "helpful_vote": count}


@cache  # an import statement run for every row would be a twentieth of reading it
def _document_class() -> "type[Document]":
    from haystack import Document  # loads torch

    return Document


def _typed(known: dict[str, Any]) -> dict[str, Any]:
    for name, read in READERS.items():
        if name in known:
            given = known.pop(name)
            value = read(given)
            if value is None:
                known[_as_given(name)] = given
            else:
                known[name] = value
    return known


def _renamed(further: Mapping[str, Any]) -> dict[str, Any]:
    return {_as_given(name) if name in PASSAGE_FIELDS else name: value for name, value in further.items()}


def _as_given(name: str) -> str:
    return f"{name}_as_given"


def _iso(text: str) -> str:
    parsed = datetime.fromisoformat(text)
    return text if text.startswith(parsed.date().isoformat()) else parsed.isoformat()


def _scalar(value: Any) -> str | int | float | None:
    if isinstance(value, str):
        return _unicode(value) or None
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, (int, float)):
        return value if is_present(value) else None
    return value.isoformat() if isinstance(value, date) else None  # datetime is a child of date


def _unicode(text: str) -> str:
    r"""JSON can spell half a surrogate pair (`\ud800`), which no store can write."""
    if text.isascii():  # most are, and telling costs nothing
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RowError(f"character {error.start} is half of a surrogate pair, which is not Unicode") from error
    return text
