"""Haystack's filter language: what a well-formed filter is, whichever store is asked."""

from typing import Any

from haystack.errors import FilterError
from haystack.utils.filters import COMPARISON_OPERATORS, LOGICAL_OPERATORS

from qa_system.errors import QueryError


class InvalidFilterError(QueryError, FilterError):
    """A filter that is not written in Haystack's filter language, or compares what cannot be compared."""


def check_form(condition: Any) -> None:
    """
    Refuse what is no filter.

    :param condition: A filter in Haystack's language.
    :raises InvalidFilterError: It is malformed.
    """
    if not isinstance(condition, dict):
        raise InvalidFilterError(f"A filter is a dictionary, not {condition!r}.")
    is_comparison = "field" in condition
    needed = ("field", "operator", "value") if is_comparison else ("operator", "conditions")
    missing = [key for key in needed if key not in condition]
    if missing:
        raise InvalidFilterError(f"The filter {condition} lacks {' and '.join(missing)}.")
    allowed = COMPARISON_OPERATORS if is_comparison else LOGICAL_OPERATORS
    if condition["operator"] not in allowed:
        raise InvalidFilterError(f"Unknown operator {condition['operator']!r}. Allowed here: {', '.join(allowed)}.")
    if condition["operator"] in ("in", "not in") and not isinstance(condition["value"], list):
        raise InvalidFilterError(f"The operator {condition['operator']!r} takes a list, not {condition['value']!r}.")
    parts = condition.get("conditions", [])
    if not isinstance(parts, list):
        raise InvalidFilterError(f"The conditions are a list, not {parts!r}.")
    for part in parts:
        check_form(part)
