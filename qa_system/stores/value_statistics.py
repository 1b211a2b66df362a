"""What values the metadata of the stored documents has, worked out from the values of one field at a time."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable
from itertools import islice
from typing import Any


class ValueStatistics(ABC):
    """The methods of a store that count and list values of metadata fields."""

    @abstractmethod
    def _values(self, field: str, filters: dict[str, Any] | None) -> list[tuple[Any, int]]:
        """
        List the distinct values of a field, each type by itself.

        :param field: Name of the field, with or without `meta.`.
        :param filters: Filter in Haystack's language.
        :returns: Each value with the number of documents that have it.
        """

    def count_by(
        self, field: str, *, filters: dict[str, Any] | None = None, limit: int | None = None
    ) -> dict[Any, int]:
        """
        Count documents by the value of a metadata field.

        :param field: Name of the field, with or without `meta.`.
        :param filters: Filter in Haystack's language.
        :param limit: Most values to return.
        :returns: Number of documents by value, most frequent first; a list or dictionary as its JSON text.
        """
        counts: Counter[Any] = Counter()
        for value, count in self._values(field, filters):
            counts[value if isinstance(value, Hashable) else json.dumps(value)] += count
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        return dict(islice(ranked, limit))

    def count_unique_metadata_by_filter(self, filters: dict[str, Any], metadata_fields: list[str]) -> dict[str, int]:
        """
        Count the distinct values of metadata fields.

        :param filters: Filter in Haystack's language.
        :param metadata_fields: Names of fields, with or without `meta.`.
        :returns: Number of values by name without `meta.`; 1, 1.0 and True are three values.
        """
        return {field.removeprefix("meta."): len(self._values(field, filters)) for field in metadata_fields}

    def get_metadata_field_min_max(self, metadata_field: str) -> dict[str, Any]:
        """
        Find the least and the greatest value of a metadata field.

        :param metadata_field: Name of the field, with or without `meta.`.
        :returns: `min` and `max`; None where there are no values, or none that can be compared.
        """
        values = [value for value, _ in self._values(metadata_field, None) if isinstance(value, (int, float, str))]
        try:
            return {"min": min(values, default=None), "max": max(values, default=None)}
        except TypeError:
            return {"min": None, "max": None}

    def get_metadata_field_unique_values(
        self,
        metadata_field: str,
        search_term: str | None = None,
        from_: int = 0,
        size: int = 10,
        filters: dict[str, Any] | None = None,
    ) -> tuple[list[Any], int]:
        """
        List the distinct values of a metadata field, a page at a time.

        :param metadata_field: Name of the field, with or without `meta.`.
        :param search_term: Only values that contain this text, in upper or lower case.
        :param from_: Number of values to pass over.
        :param size: Most values to return.
        :param filters: Filter in Haystack's language.
        :returns: The page of values, and how many there are in all.
        """
        wanted = (search_term or "").lower()
        values = [value for value, _ in self._values(metadata_field, filters) if wanted in str(value).lower()]
        values.sort(key=lambda value: (str(value), type(value).__name__))
        return values[from_ : from_ + size], len(values)
