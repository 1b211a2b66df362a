"""Filters as queries: no score, no script, one clause for many ids."""

import pytest

from qa_system.stores.elasticsearch.fields import Field, mapped_fields
from qa_system.stores.elasticsearch.filters import EVERYTHING, filter_query

FIELDS = {"rating": Field("rating", "double"), "date": Field("date", "date"), "note": Field("note", "keyword")}


def unasked() -> dict[str, Field]:
    raise AssertionError("the mapping was asked for")


def query(field: str, operator: str, value: object) -> dict:
    return filter_query({"field": field, "operator": operator, "value": value}, lambda: FIELDS)


@pytest.mark.parametrize("filters", [None, {}])
def test_no_filter_matches_everything(filters: dict | None) -> None:
    assert filter_query(filters, unasked) == EVERYTHING


def test_ids_are_one_clause_and_need_no_mapping() -> None:
    many = [str(number) for number in range(10_000)]
    translated = filter_query({"field": "meta.item_id", "operator": "in", "value": many}, unasked)
    assert translated == {"bool": {"should": [{"terms": {"item_id": many}}], "minimum_should_match": 1}}


def test_more_ids_than_a_clause_takes_are_several() -> None:
    translated = filter_query({"field": "meta.review_id", "operator": "in", "value": ["x"] * 130_000}, unasked)
    assert [len(clause["terms"]["review_id"]) for clause in translated["bool"]["should"]] == [60_000, 60_000, 10_000]


def test_values_are_looked_up_where_their_type_is() -> None:
    [number, text] = query("meta.rating", "in", [5, "five", 4.5])["bool"]["should"]
    assert number == {"terms": {"rating": [5, 4.5]}}
    assert text == {"terms": {"rating.text": ["five"]}}
    [day] = query("date", "==", "2020-01-02")["bool"]["should"]
    assert day == {"range": {"date": dict.fromkeys(("gte", "lte"), "2020-01-02T00:00:00.000+00:00")}}


def test_a_column_with_the_name_of_a_document_s_field_is_found_under_meta() -> None:
    fields = mapped_fields({"score": {"type": "float"}, "meta": {"properties": {"score": {"type": "keyword"}}}})
    assert fields == {"meta.score": Field("meta.score", "keyword")}
    [clause] = filter_query({"field": "meta.score", "operator": "==", "value": "A"}, lambda: fields)["bool"]["should"]
    assert clause == {"terms": {"meta.score": ["A"]}}
