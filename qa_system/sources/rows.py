"""Rows of a file on their way to records: each becomes a record or a rejection, and no row is lost in between."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from qa_system.records import Rejection

if TYPE_CHECKING:
    from haystack import Document

T = TypeVar("T")


class Row(NamedTuple):
    """
    One row as its file has it.

    :param path: The file.
    :param line: The line it starts on, counted from 1; for Parquet the row's number.
    :param values: Column name to value.
    """

    path: Path
    line: int
    values: Mapping[str, Any]


class Table(NamedTuple):
    """
    A file of rows whose columns may be called anything.

    :param columns: The names of its columns; empty where only the rows tell.
    :param rows: A row or a rejection for each row, as they are read.
    """

    columns: list[str]
    rows: Iterator[Row | Rejection]


class Located(NamedTuple):
    """
    A review and where it was read.

    :param document: The review.
    :param path: The file.
    :param line: The line its row starts on, counted from 1; for Parquet the row's number.
    """

    document: "Document"
    path: Path
    line: int


class RowError(Exception):
    """What is wrong with a row, in words for the person who has to mend it."""


def convert_rows(rows: Iterable[Row | Rejection], convert: Callable[[Row], T]) -> Iterator[T | Rejection]:
    """
    Turn rows into records.

    :param rows: Rows, and the rejections of those that could not even be parsed.
    :param convert: Makes a record of a row, or raises `RowError`.
    :returns: A record or a rejection for each row, in order.
    """
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            record = convert(row)
        except RowError as error:
            yield Rejection(row.path, row.line, str(error))
        else:
            yield record


def locate_reviews(
    rows: Iterable[Row | Rejection], to_document: "Callable[[Mapping[str, Any]], Document]"
) -> Iterator[Located | Rejection]:
    """
    Turn rows into reviews that know where they were read.

    :param rows: Rows and rejections.
    :param to_document: Makes a review of a row's values, or raises `RowError`.
    :returns: A review or a rejection for each row, in order.
    """
    return convert_rows(rows, lambda row: Located(to_document(row.values), row.path, row.line))
