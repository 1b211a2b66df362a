"""Questions and filters are checked before a store is asked."""

import pytest
from haystack.document_stores.in_memory import InMemoryDocumentStore

from qa_system.errors import QueryError
from qa_system.queries import (
    both,
    check_counts,
    check_filters,
    checked_question,
    item_filter,
    parse_filters,
    unknown_item,
)

FIELDS = {name: {"type": "keyword"} for name in ("item_id", "category", "date", "user", "title", "zip", "my column")}
FIELDS |= {"rating": {"type": "float"}, "verified": {"type": "boolean"}}


@pytest.mark.parametrize("question", ["", "  \n ", "word " * 5000, "字" * 1001])
def test_what_is_no_question_is_refused(question: str) -> None:
    with pytest.raises(QueryError):
        checked_question(question)


def test_a_long_question_is_told_its_length() -> None:
    with pytest.raises(QueryError, match="5,000 words"):
        checked_question("why " * 5000)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert checked_question("caf\udce9?") == "caf??"


def test_white_space_is_dropped() -> None:
    assert checked_question(" any good?\n") == "any good?"


def test_filters_are_joined() -> None:
    rating = {"field": "meta.rating", "operator": "<=", "value": 2}
    assert both(None, None) is None
    assert both(rating, None) == both(None, rating) == rating
    assert both(item_filter("A"), rating) == {"operator": "AND", "conditions": [item_filter("A"), rating]}


@pytest.mark.parametrize(
    ("expression", "operator", "value"),
    [
        ("rating<=2", "<=", 2),
        ("rating = 4.5", "==", 4.5),
        ("verified=true", "==", True),
        ("category=home & tablets", "==", "home & tablets"),
        ("date>=2023-01-01", ">=", "2023-01-01"),
        ("meta.user!=x=y", "!=", "x=y"),
        ('title="123"', "==", "123"),
        ("my column=3", "==", "3"),
    ],
)
def test_comparisons_are_read(expression: str, operator: str, value: object) -> None:
    filters = parse_filters([expression], FIELDS)
    (condition,) = filters["conditions"]
    assert (condition["operator"], condition["value"]) == (operator, value)
    assert condition["field"].startswith("meta.")
    InMemoryDocumentStore().filter_documents(filters)


def test_no_expression_is_no_filter() -> None:
    assert parse_filters([], FIELDS) is None


def test_the_field_s_type_tells_a_number_from_a_string() -> None:
    filters = parse_filters(["item_id=101", "rating=5", "zip=01234", "new=101"], FIELDS)
    assert [condition["value"] for condition in filters["conditions"]] == ["101", 5, "01234", 101]


@pytest.mark.parametrize("expression", ["rating", "<=2", "rating~3", ""])
def test_what_is_no_comparison_is_refused(expression: str) -> None:
    with pytest.raises(QueryError, match="FIELD OPERATOR VALUE"):
        parse_filters([expression], FIELDS)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(QueryError, match="'rating' holds numbers, and 'abc' is none"):
        parse_filters(["rating>=abc"], FIELDS)


@pytest.mark.parametrize("filters", [[1], {"conditions": 5}, {"operator": "AND"}, {"field": 3}, "rating<=2"])
def test_what_is_no_filter_is_refused(filters: object) -> None:
    with pytest.raises(QueryError, match="is no filter"):
        check_filters(filters, {"rating": {}})


@pytest.mark.parametrize("counts", [{"top_k": 0}, {"passages": -1}])
def test_fewer_than_one_is_refused(counts: dict) -> None:
    with pytest.raises(QueryError, match="at least 1"):
        check_counts(**counts)


def test_an_unknown_field_is_told_the_known_ones() -> None:
    nested = {"operator": "NOT", "conditions": [{"field": "meta.ratng", "operator": "==", "value": 5}]}
    with pytest.raises(QueryError, match=r"'ratng'.*Did you mean rating\?.*category, rating"):
        check_filters(nested, {"rating": {}, "category": {}})


def test_a_known_or_nested_field_passes() -> None:
    check_filters({"field": "meta.rating", "operator": "==", "value": 5}, {"rating": {}})
    check_filters({"field": "meta.shop.name", "operator": "==", "value": "x"}, {"shop": {}})


def test_an_unknown_item_is_told_near_ones() -> None:
    assert "Did you mean B0074BW614?" in str(unknown_item("b0074bw641", ["B0074BW614", "XYZ"]))
    assert "Did you mean" not in str(unknown_item("qqq", ["B0074BW614"]))
