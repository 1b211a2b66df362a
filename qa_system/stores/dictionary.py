"""The values of a metadata field, read from the dictionary of the index instead of from the documents."""

from collections.abc import Iterator
from typing import Any

from tantivy import Query, Searcher

from qa_system.stores import metadata
from qa_system.stores.lookup import any_term, best


def field_values(path: str, within: Query, searcher: Searcher) -> Iterator[tuple[str, Any, int]]:
    """
    List the distinct values of a field, each type by itself (1, 1.0 and True are three).

    :param path: Dotted path in the metadata.
    :param within: The documents to look at.
    :param searcher: The state of the index.
    :returns: For each value: its index term, the value, and how many of the documents have it.
    """
    for term, count in searcher.terms_with_prefix("values", metadata.prefix(path), filter_query=within):
        yield term, _value_of(term, path, searcher), count


def _value_of(term: str, path: str, searcher: Searcher) -> Any:
    if not metadata.is_hashed(term, path):
        return metadata.parse_value(term, path)
    return metadata.look_up(best(searcher, any_term("values", [term]), 1)[0].meta, path)
