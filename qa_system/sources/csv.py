"""Format `csv`: delimited text (`,` `;` or tab) with a header, plain or gzip, with a column mapping."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa_system.errors import SourceError
from qa_system.records import Rejection
from qa_system.sources.columns import FIELDS, check_distinct, mapped_reviews
from qa_system.sources.files import DamagedFileError, byte_lines
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.rows import Located, Row, Table

HEADER_LINES = 1
DELIMITERS = ",;\t"
LONGEST_CELL = 16 * 2**20
"""In characters. A quote that is never closed would otherwise take the rest of the file into memory."""


def csv_table(path: Path) -> Table:
    """
    Open a file of delimited text.

    :param path: The file; its first line names the columns.
    :returns: The columns its header names, and a row or a rejection for each record that is not blank. Cells are
        strings.
    :raises SourceError: If the first line cannot be read, is no header, or repeats a name.
    """
    lines = (line.decode(errors="surrogateescape") for line in byte_lines(path))
    header_line = _header_line(path, lines)
    delimiter = sniff_delimiter(header_line)
    columns = header_cells(header_line, delimiter)
    if not columns or not _is_unicode(header_line):
        raise SourceError(f"{path} has no header of UTF-8 text: its first line is {header_line[:80]!r}.")
    check_distinct(path, columns)
    csv.field_size_limit(max(LONGEST_CELL, csv.field_size_limit()))  # the module knows one limit for all readers
    return Table(columns, _rows(path, columns, csv.reader(lines, delimiter=delimiter, strict=True)))


def sniff_delimiter(header_line: str) -> str:
    """
    Tell what separates the columns.

    :param header_line: The first line of the file.
    :returns: The delimiter that makes most columns of it.
    """
    return max(DELIMITERS, key=lambda delimiter: len(header_cells(header_line, delimiter)))


def header_cells(header_line: str, delimiter: str) -> list[str]:
    """
    Split a header.

    :param header_line: The first line of the file.
    :param delimiter: What separates the columns.
    :returns: The names of the columns; none where the line is no delimited text.
    """
    try:
        return [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _header_line(path: Path, lines: Iterator[str]) -> str:
    try:
        return next(lines, "")
    except DamagedFileError as error:
        raise SourceError(f"{path} cannot be read: {error}.") from error


def _rows(path: Path, header: list[str], reader: Any) -> Iterator[Row | Rejection]:
    while True:
        line = HEADER_LINES + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except DamagedFileError as error:
            yield Rejection(path, line, str(error))
            return
        except csv.Error as error:
            yield Rejection(path, line, f"not CSV up to line {HEADER_LINES + reader.line_num}: {error}")
        else:
            if cells:
                yield _row(path, line, header, cells)


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> Row | Rejection:
    if len(cells) != len(header):
        return Rejection(path, line, f"{len(cells)} cells where the header has {len(header)}")
    for name, cell in zip(header, cells, strict=True):
        if not _is_unicode(cell):
            return Rejection(
                path, line, f"not UTF-8: column {name} holds {cell.encode(errors='surrogateescape')[:80]!r}"
            )
    return Row(path, line, dict(zip(header, cells, strict=True)))


def _is_unicode(text: str) -> bool:
    """Bytes that are not UTF-8 were decoded to lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _matches(head: Head) -> bool:
    return head.container == "csv"


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    table = csv_table(path)
    return mapped_reviews(path, table.rows, mapping, columns=table.columns)


FORMAT = Format("csv", _matches, _reviews, fields=FIELDS, table=csv_table)
