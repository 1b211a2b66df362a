"""
Metadata as index terms: what makes a passage findable by the values of its fields.

Every value is indexed once, as the JSON text of the whole value behind the path of its field. Equal text means equal
value of equal type, and the dictionary of the index can be read back as the list of all values of a field.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Any

TYPES = ("boolean", "int", "float", "keyword")
_TYPE_NAMES = {bool: "boolean", int: "int", float: "float"}
_LONGEST_TERM = 2_000
_HASHED = "#"  # no JSON text starts with it
_ENCODER = json.JSONEncoder(sort_keys=True)


def leaves(meta: dict[str, Any], parent: str = "") -> Iterator[tuple[str, Any]]:
    """
    List the fields of metadata that a filter can name, nested ones by their dotted path.

    Keys that contain a dot are left out: Haystack's filter language reads the dot as nesting. So are values of None,
    which it does not tell from missing ones.

    :param meta: Metadata of a document.
    :param parent: Path of the field that holds `meta`, with a dot at its end; empty at the top.
    :returns: Pairs of path and value.
    :raises TypeError: A key is not a string.
    """
    for key, value in meta.items():
        if not isinstance(key, str):
            raise TypeError(f"the metadata key {key!r} is not a string")
        if "." in key or value is None:
            continue
        yield parent + key, value
        if isinstance(value, dict):
            yield from leaves(value, f"{parent}{key}.")


def look_up(meta: dict[str, Any], path: str) -> Any:
    """
    Find the value of a field.

    :param meta: Metadata of a document.
    :param path: Dotted path, as `leaves` gives it.
    :returns: The value, None where it is missing.
    """
    value: Any = meta
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


@lru_cache
def prefix(path: str) -> str:
    """
    Start of all terms of a field.

    :param path: Dotted path of the field.
    :returns: The path with control characters and surrogates escaped, and a separator that cannot occur in it.
    :raises ValueError: The path is too long for an index term.
    """
    escaped = json.dumps(path)[1:-1]
    if len(escaped) > _LONGEST_TERM:
        raise ValueError(f"the metadata key {path[:40]!r}… is longer than {_LONGEST_TERM} characters")
    return escaped + "\0"


def value_term(path: str, value: Any) -> str:
    """
    Term that stands for one value of a field; a value too long for a term is hashed.

    :param path: Dotted path of the field.
    :param value: Anything JSON can hold.
    :returns: ASCII text.
    """
    start, text = prefix(path), _ENCODER.encode(value)
    return start + (text if len(text) <= _LONGEST_TERM else _HASHED + blake2b(text.encode()).hexdigest())


def is_hashed(term: str, path: str) -> bool:
    """
    Tell whether a term holds the hash of its value instead of the value.

    :param term: What `value_term` gave for the path.
    :param path: Dotted path of the field.
    :returns: True if `parse_value` cannot read it.
    """
    return term.startswith(prefix(path) + _HASHED)


def parse_value(term: str, path: str) -> Any:
    """
    Read the value back from a term that is not hashed.

    :param term: What `value_term` gave for the path.
    :param path: Dotted path of the field.
    :returns: The value, of the type it was written with.
    """
    return json.loads(term[len(prefix(path)) :])


def type_term(path: str, value: Any) -> str:
    """
    Term that says which type the value of a field has.

    :param path: Dotted path of the field.
    :param value: The value, not None.
    :returns: One of `type_terms(path)`.
    """
    return prefix(path) + _TYPE_NAMES.get(type(value), "keyword")


def type_terms(path: str) -> list[str]:
    """
    Terms of which every document with a value in the field has one.

    :param path: Dotted path of the field.
    :returns: A term for each of `TYPES`.
    """
    return [prefix(path) + name for name in TYPES]


def parse_type(term: str) -> tuple[str, str]:
    """
    Read a field and its type back from a term.

    :param term: What `type_term` gave.
    :returns: Path and one of `TYPES`.
    """
    path, _, name = term.partition("\0")
    return json.loads(f'"{path}"'), name
