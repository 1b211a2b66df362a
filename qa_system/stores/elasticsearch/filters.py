"""
Haystack's filter language as queries that Elasticsearch puts into filter context, where nothing is scored.

The integration's own translation is not used: it needs scripts for lists, rounds dates to days, and treats a value of
another type than the field's as an error of the request.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from qa_system.stores.elasticsearch.codec import field_of
from qa_system.stores.elasticsearch.fields import Field, known_field
from qa_system.stores.filter_language import InvalidFilterError, check_form

Query = dict[str, Any]
Fields = Callable[[], dict[str, Field]]
"""Asks the index for its metadata fields; called only where a filter needs their types."""

EVERYTHING: Query = {"match_all": {}}
NOTHING: Query = {"match_none": {}}
_MOST_TERMS = 60_000
"""Of one query; Elasticsearch takes 65,536 (`index.max_terms_count`)."""

_BOUNDS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def filter_query(filters: dict[str, Any] | None, fields: Fields) -> Query:
    """
    Translate a filter.

    :param filters: A filter in Haystack's language; None or empty matches everything.
    :param fields: Gives the index's metadata fields.
    :returns: A query that matches the documents that pass the filter.
    :raises InvalidFilterError: The filter is malformed, or compares what cannot be compared.
    """
    if not filters:
        return EVERYTHING
    check_form(filters)
    return _translate(filters, fields)


def _translate(condition: dict[str, Any], fields: Fields) -> Query:
    if "field" in condition:
        return _comparison(condition, fields)
    parts = [_translate(part, fields) for part in condition["conditions"]]
    if condition["operator"] == "OR":
        return _any_of(parts)
    every = {"bool": {"filter": parts}} if parts else EVERYTHING
    return every if condition["operator"] == "AND" else _none_of(every)


def _any_of(parts: list[Query]) -> Query:
    return {"bool": {"should": parts, "minimum_should_match": 1}} if parts else NOTHING


def _none_of(query: Query) -> Query:
    return {"bool": {"must_not": [query]}}


def _comparison(condition: dict[str, Any], fields: Fields) -> Query:
    name, operator, value = condition["field"], condition["operator"], condition["value"]
    if operator in ("!=", "not in"):
        positive = {"!=": "==", "not in": "in"}[operator]
        return _none_of(_comparison({**condition, "operator": positive}, fields))
    if name == "id":
        return _by_id(operator, value)
    if name in ("content", "embedding", "blob", "meta"):
        raise InvalidFilterError(
            f"Elasticsearch cannot filter by {name!r}; filters compare metadata, such as meta.rating."
        )
    path = field_of(name)
    field = known_field(path) or fields().get(path)
    if operator in _BOUNDS:
        return _ordered(field, operator, value)
    return _any_of(list(_equal_to_any(field, value if operator == "in" else [value])))


def _by_id(operator: str, value: Any) -> Query:
    values = value if operator == "in" else [value]
    if operator in _BOUNDS or not all(isinstance(one, str) for one in values):
        raise InvalidFilterError(f"An id is text that is equal or not; {operator} {value!r} cannot be asked of it.")
    return {"ids": {"values": values}}


def _equal_to_any(field: Field | None, values: list[Any]) -> Iterator[Query]:
    """One query for all values that are looked up in the same way: a job asks for thousands of ids at once."""
    looked_up: dict[str, list[Any]] = defaultdict(list)
    for value in values:
        if isinstance(value, (list, dict)):
            raise InvalidFilterError(
                f"Elasticsearch cannot tell whether a field equals {value!r}. Compare it with single values, by 'in'."
            )
        if value is None:
            yield EVERYTHING if field is None else _none_of(_has_value(field))
        elif field and field.kind == "date" and (moment := _moment(value)):
            yield {"range": {field.path: {"gte": moment, "lte": moment}}}
        elif field and field.kind == "double" and isinstance(value, (int, float)) and not isinstance(value, bool):
            looked_up[field.path].append(value)
        elif field:
            looked_up[field.text].append(str(value).lower() if isinstance(value, bool) else str(value))
    for path, terms in looked_up.items():
        for start in range(0, len(terms), _MOST_TERMS):
            yield {"terms": {path: terms[start : start + _MOST_TERMS]}}


def _has_value(field: Field) -> Query:
    return {"exists": {"field": field.text}}


def _ordered(field: Field | None, operator: str, value: Any) -> Query:
    if isinstance(value, (list, dict)):
        raise InvalidFilterError(f"{operator} takes a number or a date, not {value!r}.")
    bound = _moment(value) if isinstance(value, (str, datetime)) else value
    if isinstance(value, str) and bound is None:
        raise InvalidFilterError(f"Text is ordered only where it is a date, such as '2023-01-31'; {value!r} is none.")
    if value is None or field is None:
        return NOTHING
    if field.kind != ("date" if isinstance(value, (str, datetime)) else "double"):
        raise InvalidFilterError(
            f"The field {field.path!r} holds {_HOLDS[field.kind]}, which {operator} {value!r} cannot order."
        )
    return {"range": {field.path: {_BOUNDS[operator]: bound}}}


_HOLDS = {"keyword": "text", "double": "numbers", "date": "dates", "boolean": "true or false"}


def _moment(value: Any) -> str | None:
    """Spell a moment to the millisecond: Elasticsearch would take a day for all of it. Without a zone it is UTC."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")
