"""Format `jsonl`: one JSON object per line, plain or gzip, with a column mapping."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa_system.records import Rejection
from qa_system.sources.columns import FIELDS, mapped_reviews
from qa_system.sources.files import DamagedFileError, byte_lines
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.rows import Located, Row, RowError, Table


def json_rows(path: Path) -> Iterator[Row | Rejection]:
    """
    Read a file of JSON objects, one per line.

    :param path: The file.
    :returns: A row or a rejection for each line that is not blank.
    """
    line = 0
    try:
        for line, text in enumerate(byte_lines(path), start=1):
            if text.strip():
                yield _row(path, line, text)
    except DamagedFileError as error:
        yield Rejection(path, line + 1, str(error))


def json_object(line: bytes) -> dict[str, Any]:
    """
    Parse one line.

    :param line: The bytes of the line.
    :returns: The object.
    :raises RowError: If the line is not UTF-8, not JSON, or no object.
    """
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise RowError(f"not UTF-8: byte {error.start + 1} of the line is 0x{line[error.start]:02x}") from error
    except (ValueError, RecursionError) as error:
        raise RowError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise RowError(f"not a JSON object but a {type(value).__name__}")
    return value


def _row(path: Path, line: int, text: bytes) -> Row | Rejection:
    try:
        return Row(path, line, json_object(text))
    except RowError as error:
        return Rejection(path, line, str(error))


def _matches(head: Head) -> bool:
    return head.container == "jsonl"


def _table(path: Path) -> Table:
    return Table([], json_rows(path))


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    return mapped_reviews(path, json_rows(path), mapping)


FORMAT = Format("jsonl", _matches, _reviews, fields=FIELDS, table=_table)
