"""A first look at a source, for a person who says which column holds what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from qa_system.sources.columns import ROWS_LOOKED_AT, resolve_columns
from qa_system.sources.detect import format_of_files
from qa_system.sources.files import source_files
from qa_system.sources.rows import Row, Table
from qa_system.sources.values import REQUIRED_FIELDS


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a source looks like.

    :param format: One of `FORMATS`.
    :param columns: The names of its columns; empty where the format fixes what they mean.
    :param rows: Its first rows, by column.
    :param fields: Our fields that a column may be named for, needed ones first.
    :param mapping: Our field to the column that its name suggests.
    """

    format: str
    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    fields: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)

    def missing(self, mapping: Mapping[str, str]) -> list[str]:
        """
        Name the fields that are needed and that no column holds.

        :param mapping: Our field to their column, as a person said.
        :returns: Of `text` and `item_id` those without a column; none where the format fixes its columns.
        """
        return [name for name in REQUIRED_FIELDS if name in self.fields and name not in mapping]


def preview(path: str | Path) -> Preview:
    """
    Look at the first rows of a source.

    :param path: A file, plain or gzip.
    :returns: Its format, and for a table its columns, first rows and a guess which column holds what.
    :raises SourceError: If it is missing, empty, of an unknown format, or its header cannot be read.
    """
    files = source_files(path)
    known = format_of_files(files)
    if known.table is None:
        return Preview(known.name)
    columns, rows = _beginning(known.table(files[0]))
    return Preview(known.name, columns, rows, known.fields, resolve_columns(columns, {}))


def _beginning(table: Table) -> tuple[tuple[str, ...], tuple[Mapping[str, Any], ...]]:
    rows = [row.values for row in islice(table.rows, ROWS_LOOKED_AT) if isinstance(row, Row)]
    columns = table.columns or list(dict.fromkeys(name for row in rows for name in row))
    return tuple(columns), tuple(rows)
