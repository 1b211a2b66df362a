import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.stores import metadata

VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
PATHS = st.text(max_size=20)


@given(PATHS, VALUES)
def test_a_term_reads_back_as_the_value_it_was_made_of(path: str, value: Any) -> None:
    term = metadata.value_term(path, value)
    assert term.isascii()
    assert not metadata.is_hashed(term, path)
    back = metadata.parse_value(term, path)
    assert (back, type(back)) == (value, type(value))


@given(st.lists(st.tuples(PATHS, VALUES), min_size=2, max_size=2))
def test_only_equal_values_of_equal_fields_share_a_term(pairs: list[tuple[str, Any]]) -> None:
    (path, value), (other_path, other_value) = pairs
    same_term = metadata.value_term(path, value) == metadata.value_term(other_path, other_value)
    assert same_term == ((path, repr(_sorted(value))) == (other_path, repr(_sorted(other_value))))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@given(PATHS, st.one_of(st.booleans(), st.integers(), st.floats(), st.text()))
def test_a_type_term_reads_back_and_is_one_of_those_of_its_field(path: str, value: Any) -> None:
    term = metadata.type_term(path, value)
    assert term in metadata.type_terms(path)
    assert metadata.parse_type(term)[0] == path


def test_a_value_too_long_for_a_term_is_hashed_and_still_told_apart() -> None:
    long, longer = metadata.value_term("title", "x" * 100_000), metadata.value_term("title", "x" * 100_001)
    assert metadata.is_hashed(long, "title")
    assert len(long) < 200
    assert long != longer


def test_leaves_are_what_a_filter_can_name() -> None:
    meta = {"a": 1, "none": None, "dotted.key": 2, "nested": {"b": {"c": "x"}, "d": [1]}, "": 0}
    assert dict(metadata.leaves(meta)) == {
        "a": 1,
        "nested": {"b": {"c": "x"}, "d": [1]},
        "nested.b": {"c": "x"},
        "nested.b.c": "x",
        "nested.d": [1],
        "": 0,
    }


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_every_leaf_is_found_by_its_path(meta: dict[str, Any]) -> None:
    for path, value in metadata.leaves(meta):
        assert metadata.look_up(meta, path) is value


def test_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="7 is not a string"):
        list(metadata.leaves({7: "a"}))  # type: ignore[dict-item]


def test_a_key_too_long_for_a_term_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than"):
        metadata.value_term("k" * 10_000, 1)


def test_not_a_number_has_a_term_too() -> None:
    assert math.isnan(metadata.parse_value(metadata.value_term("rating", math.nan), "rating"))
