"""What a visitor chose becomes a filter that means it."""

from datetime import date

import pytest
from haystack import Document
from haystack.utils.filters import document_matches_filter
from hypothesis import given
from hypothesis import strategies as st

from qa_system.ui.facets import Facet, all_of

RATING = Facet("rating", "range", 1.0, 5.0)
DAYS = Facet("date", "days", date(2022, 1, 1), date(2024, 12, 31))
KIND = Facet("category", "values", values=("kitchen", "outdoor"))


def passes(facet: Facet, chosen: object, value: object) -> bool:
    condition = facet.condition(chosen)
    return condition is None or document_matches_filter(condition, Document(content="", meta={facet.field: value}))


@pytest.mark.parametrize(("value", "expected"), [(1.0, False), (2.0, True), (3.5, True), (4.0, True), (4.5, False)])
def test_a_range_includes_its_ends(value: float, expected: bool) -> None:
    assert passes(RATING, (2.0, 4.0), value) is expected


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(1, 5, 0.5), (0.5, 4.5, 0.5), (1.2, 4.8, 0.036), (0, 1200, 1.0), (0, 99.5, 0.995), (0.001, 0.003, 0.00002)],
)
def test_how_finely_a_range_is_chosen_from(low: float, high: float, step: float) -> None:
    assert Facet("x", "range", low, high).step == pytest.approx(step)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_both_ends_of_a_range_can_be_reached(low: float, width: float) -> None:
    steps = ((low + width) - low) / Facet("x", "range", low, low + width).step
    assert steps == pytest.approx(round(steps))
    assert steps >= 1


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2022-12-31", False), ("2023-01-01", True), ("2023-06-30T23:59:59", True), ("2023-07-01", False)],
)
def test_the_last_day_counts_to_its_end(day: str, expected: bool) -> None:
    assert passes(DAYS, (date(2023, 1, 1), date(2023, 6, 30)), day) is expected


def test_values_are_alternatives() -> None:
    assert passes(KIND, ["kitchen"], "kitchen")
    assert not passes(KIND, ["kitchen"], "outdoor")
    assert passes(KIND, ["kitchen", "outdoor"], "outdoor")


@pytest.mark.parametrize(
    ("facet", "chosen"),
    [(RATING, (1.0, 5.0)), (DAYS, (DAYS.low, DAYS.high)), (DAYS, (DAYS.low,)), (DAYS, DAYS.low), (KIND, [])],
)
def test_all_or_half_a_choice_is_no_filter(facet: Facet, chosen: object) -> None:
    assert facet.condition(chosen) is None


def test_reviews_without_the_field_do_not_pass() -> None:
    assert not document_matches_filter(RATING.condition((2.0, 5.0)), Document(content="", meta={}))


def test_several_must_all_hold() -> None:
    assert all_of([]) is None
    both = all_of([RATING.condition((2.0, 5.0)), KIND.condition(["kitchen"])])
    assert document_matches_filter(both, Document(content="", meta={"rating": 3.0, "category": "kitchen"}))
    assert not document_matches_filter(both, Document(content="", meta={"rating": 1.0, "category": "kitchen"}))
