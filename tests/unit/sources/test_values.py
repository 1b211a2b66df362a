import math
from datetime import date, datetime
from decimal import Decimal

import pytest

from qa_system.records import PASSAGE_FIELDS
from qa_system.sources.rows import RowError
from qa_system.sources.values import (
    content_id,
    identifier,
    iso_date,
    prose,
    review_document,
    scalars,
)


@pytest.mark.parametrize("value", [None, "", " \n", math.nan, 5, ["a"], "half \ud800"])
def test_what_is_no_text_is_refused_by_name(value) -> None:
    with pytest.raises(RowError):
        prose("text", value)


def test_text_is_untouched() -> None:
    assert prose("text", "  Good&amp;bad\x00\n") == "  Good&amp;bad\x00\n"


@pytest.mark.parametrize(("value", "read"), [("B01", "B01"), (" B01 ", "B01"), (12, "12"), (12.0, "12")])
def test_ids_are_strings(value, read: str) -> None:
    assert identifier("item_id", value) == read


@pytest.mark.parametrize("value", [None, "", "  ", math.nan, True, 1.5, ["B01"]])
def test_what_is_no_id_is_refused(value) -> None:
    with pytest.raises(RowError, match="item_id"):
        identifier("item_id", value)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2023-05-11", "2023-05-11"),
        ("2023-05-11T10:30:00Z", "2023-05-11T10:30:00Z"),
        ("20230511", "2023-05-11T00:00:00"),
        ("05 3, 2011", "2011-05-03"),
        (1304380800, "2011-05-03"),
        ("1304380800", "2011-05-03"),
        (1588687728923, "2020-05-05"),
        ("2019", None),
        ("last summer", None),
        ("13 32, 2011", None),
        (10**30, None),
        (True, None),
    ],
)
def test_dates(value, read: str | None) -> None:
    assert iso_date(value) == read


def test_a_value_that_is_not_understood_is_kept_under_another_name() -> None:
    review = review_document({"text": "ok", "item_id": "i", "rating": "five stars", "date": "03/05/2011"})
    assert review.meta["rating_as_given"] == "five stars"
    assert review.meta["date_as_given"] == "03/05/2011"
    assert not {"rating", "date"} & review.meta.keys()


@pytest.mark.parametrize("name", sorted(PASSAGE_FIELDS))
def test_a_column_named_like_what_indexing_writes_is_kept_under_another_name(name: str) -> None:
    review = review_document({"text": "ok", "item_id": "i"}, {name: "theirs", "brand": "Acme"})
    assert review.meta[f"{name}_as_given"] == "theirs"
    assert review.meta["brand"] == "Acme"
    assert name not in review.meta


def test_metadata_are_scalars() -> None:
    columns = {
        "brand": "Acme",
        "price": Decimal("9.50"),
        "verified": False,
        "day": date(2020, 1, 2),
        "at": datetime(2020, 1, 2, 3, 4),
        "empty": "",
        "none": None,
        "nan": math.nan,
        "images": ["a.jpg"],
        "style": {"size": "L"},
        "raw": b"\0",
        "": "index of a data frame",
    }
    assert scalars(columns) == {
        "brand": "Acme",
        "price": 9.5,
        "verified": False,
        "day": "2020-01-02",
        "at": "2020-01-02T03:04:00",
    }


def test_a_review_without_id_is_named_by_item_and_text() -> None:
    first, again = (review_document({"text": "ok", "item_id": "i", "rating": rating}) for rating in (1, 2))
    other = review_document({"text": "ok", "item_id": "j"})
    assert first.id == again.id == first.meta["review_id"] == content_id("i", "ok")
    assert first.id != other.id
    assert len(first.id) == 32


def test_content_ids_tell_apart_where_the_parts_end() -> None:
    assert content_id("ab", "c") != content_id("a", "bc")
