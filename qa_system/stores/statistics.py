"""What values the metadata of the stored documents has, read from the dictionary of the index."""

from typing import Any

from tantivy import Query

from qa_system.stores import metadata
from qa_system.stores.dictionary import field_values
from qa_system.stores.filters import filter_query
from qa_system.stores.index import Index
from qa_system.stores.value_statistics import ValueStatistics


class MetadataStatistics(ValueStatistics):
    """The methods of the embedded store that count and list values of metadata fields. They read no documents."""

    _index: Index

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """
        List the metadata fields, nested ones by dotted path.

        :returns: For each field its `type`: boolean, int, float or keyword, the widest where documents differ.
        """
        searcher = self._index.searcher()
        terms = searcher.terms_with_prefix("types", "", filter_query=Query.all_query())
        types: dict[str, str] = {}
        for path, name in (metadata.parse_type(term) for term, _ in terms):
            types[path] = max(name, types.get(path, name), key=metadata.TYPES.index)
        return {path: {"type": name} for path, name in types.items()}

    def _values(self, field: str, filters: dict[str, Any] | None) -> list[tuple[Any, int]]:
        searcher = self._index.searcher()
        within = filter_query(filters, searcher)
        return [(value, count) for _, value, count in field_values(field.removeprefix("meta."), within, searcher)]
