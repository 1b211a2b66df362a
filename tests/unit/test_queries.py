"""Questions and filters are checked before a store is asked."""

import pytest
from haystack.document_stores.in_memory import InMemoryDocumentStore

from qa_system.errors import QueryError
from qa_system.queries import both, check_filters, checked_question, item_filter, parse_filters, unknown_item


@pytest.mark.parametrize("question", ["", "  \n ", "word " * 5000, "字" * 1001])
def test_what_is_no_question_is_refused(question: str) -> None:
    with pytest.raises(QueryError):
        checked_question(question)


def test_a_long_question_is_told_its_length() -> None:
    with pytest.raises(QueryError, match="5,000 words"):
        checked_question("why " * 5000)


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
        ('asin="123"', "==", "123"),
    ],
)
def test_comparisons_are_read(expression: str, operator: str, value: object) -> None:
    filters = parse_filters([expression])
    (condition,) = filters["conditions"]
    assert (condition["operator"], condition["value"]) == (operator, value)
    assert condition["field"].startswith("meta.")
    InMemoryDocumentStore().filter_documents(filters)


def test_no_expression_is_no_filter() -> None:
    assert parse_filters([]) is None


@pytest.mark.parametrize("expression", ["rating", "<=2", "rating~3", ""])
def test_what_is_no_comparison_is_refused(expression: str) -> None:
    with pytest.raises(QueryError, match="FIELD OPERATOR VALUE"):
        parse_filters([expression])


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
