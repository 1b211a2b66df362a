"""
Haystack's filter language as Tantivy queries, with exactly the meaning of `haystack.utils.filters`.

A comparison looks at one field only, so it is put to Haystack's own operators once for every distinct value in the
dictionary of the index, and becomes the set of the values that pass. Equality with plain text, the item filter above
all, needs no dictionary.
"""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from haystack import Document
from haystack.errors import FilterError
from haystack.utils.filters import COMPARISON_OPERATORS, document_matches_filter
from tantivy import Occur, Query, Searcher

from qa_system.stores import metadata
from qa_system.stores.codec import id_term
from qa_system.stores.dictionary import field_values
from qa_system.stores.filter_language import InvalidFilterError, check_form
from qa_system.stores.lookup import any_term, in_order

_DOCUMENT_FIELDS = {field.name for field in fields(Document)}
_DATE = re.compile(r"\d{4}-\d\d-\d\d([Tt ]|$)")  # dates that are written differently can be equal


def filter_query(filters: dict[str, Any] | None, searcher: Searcher) -> Query:
    """
    Translate a filter for one state of the index.

    :param filters: A filter in Haystack's language; None or empty matches everything.
    :param searcher: The state of the index the query will be put to.
    :returns: A query that matches exactly the documents that pass the filter.
    :raises InvalidFilterError: The filter is malformed, or orders values that have no order.
    """
    if not filters:
        return Query.all_query()
    check_form(filters)
    try:
        return _translate(filters, Query.all_query(), searcher)
    except (FilterError, TypeError, ValueError, OverflowError) as error:
        raise InvalidFilterError(f"The filter {filters} cannot be applied: {error}") from error


def _translate(condition: dict[str, Any], within: Query, searcher: Searcher) -> Query:
    """`within` are the documents the condition is asked of: as in Haystack, the others cannot make it fail."""
    if "field" in condition:
        return _comparison(condition, within, searcher)
    parts: list[Query] = []
    for part in condition["conditions"]:
        rest = Query.boolean_query(
            [(Occur.Must, within), *((_ASKS_NEXT[condition["operator"]], done) for done in parts)]
        )
        parts.append(_translate(part, rest, searcher))
    return _JOIN[condition["operator"]](parts)


def _all_of(parts: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, part) for part in [Query.all_query(), *parts]])


def _any_of(parts: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, part) for part in parts])


def _none_of(query: Query) -> Query:
    return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, query)])


_JOIN: dict[str, Callable[[list[Query]], Query]] = {
    "AND": _all_of,
    "OR": _any_of,
    "NOT": lambda parts: _none_of(_all_of(parts)),
}
_ASKS_NEXT = {"AND": Occur.Must, "OR": Occur.MustNot, "NOT": Occur.Must}


def _comparison(condition: dict[str, Any], within: Query, searcher: Searcher) -> Query:
    field: str = condition["field"]
    if field == "id" and _is_plain_text(condition):
        return _equal_text(condition, "id", id_term)
    if ("." in field and not field.startswith("meta.")) or field in _DOCUMENT_FIELDS:
        return _scan(condition, within, searcher)
    path = field.removeprefix("meta.")
    if _is_plain_text(condition):
        return _equal_text(condition, "values", lambda value: metadata.value_term(path, value))
    return _by_dictionary(condition, path, within, searcher)


def _is_plain_text(condition: dict[str, Any]) -> bool:
    """Whether the condition is an (in)equality with text that nothing but the same text can equal."""
    if condition["operator"] not in ("==", "!=", "in", "not in"):
        return False
    value = condition["value"]
    values = value if isinstance(value, list) and "in" in condition["operator"] else [value]
    return all(isinstance(value, str) and not _DATE.match(value) for value in values)


def _equal_text(condition: dict[str, Any], index_field: str, term: Callable[[str], str]) -> Query:
    value = condition["value"]
    query = any_term(index_field, [term(text) for text in ([value] if isinstance(value, str) else value)])
    return query if condition["operator"] in ("==", "in") else _none_of(query)


def _by_dictionary(condition: dict[str, Any], path: str, within: Query, searcher: Searcher) -> Query:
    def passes(value: Any) -> bool:
        compare = COMPARISON_OPERATORS[condition["operator"]]
        return compare(value=value, filter_value=condition["value"], strict_datetime_comparison=False)

    values = field_values(path, within, searcher)
    query = any_term("values", [term for term, value, _ in values if passes(value)])
    if passes(None):
        query = _any_of([query, _none_of(any_term("types", metadata.type_terms(path)))])
    return query


def _scan(condition: dict[str, Any], within: Query, searcher: Searcher) -> Query:
    """Content, embeddings and such are in no dictionary: ask each document."""
    documents = (document for _, document in in_order(searcher, within))
    return any_term("id", [id_term(found.id) for found in documents if document_matches_filter(condition, found)])
