"""The metadata fields of an index: their types as its mapping has them, their values as they were written."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa_system.stores.elasticsearch.codec import DOCUMENT_FIELDS
from qa_system.stores.elasticsearch.schema import KEYWORDS

_TYPES = {"double": "float", "boolean": "boolean"}
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Field:
    """
    A metadata field.

    :param path: Where the index has it.
    :param kind: Type of its mapping: `keyword`, `double`, `date` or `boolean`.
    """

    path: str
    kind: str

    @property
    def text(self) -> str:
        """Path of its values as text, whatever their types."""
        return self.path if self.kind == "keyword" else f"{self.path}.text"

    @property
    def type_name(self) -> str:
        """The type as `get_metadata_fields_info` names it."""
        return _TYPES.get(self.kind, "keyword")

    def value_of(self, text: str) -> Any:
        """
        Read a value back.

        :param text: As the index has it.
        :returns: The value; a number or truth value only in a field whose first value was one.
        """
        if self.kind == "boolean":
            return _BOOLEANS.get(text, text)
        return _number(text) if self.kind == "double" else text


def known_field(path: str) -> Field | None:
    """
    Tell a field's type where no mapping is needed for it.

    :param path: Where the index has it.
    :returns: The field, None where the mapping has to be asked.
    """
    return Field(path, "keyword") if path in KEYWORDS else None


def mapped_fields(properties: Mapping[str, Any]) -> dict[str, Field]:
    """
    List the metadata fields of a mapping.

    :param properties: Its properties.
    :returns: The fields by their path.
    """
    of_meta = properties.get("meta", {}).get("properties", {})
    flat = {name: described for name, described in properties.items() if name not in DOCUMENT_FIELDS}
    return {field.path: field for field in [*_leaves(flat, ""), *_leaves(of_meta, "meta.")]}


def _leaves(properties: Mapping[str, Any], parent: str) -> Iterator[Field]:
    for name, described in properties.items():
        if "properties" in described:
            yield from _leaves(described["properties"], f"{parent}{name}.")
        else:
            yield Field(parent + name, described["type"])


def _number(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
