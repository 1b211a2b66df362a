"""Format `parquet`: Apache Parquet with a column mapping, read batch by batch."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from qa_system.errors import SourceError
from qa_system.records import Rejection
from qa_system.sources.columns import FIELDS, check_distinct, mapped_reviews
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.rows import Located, Row, Table

PARQUET_MAGIC = b"PAR1"
BATCH_ROWS = 1000
PYARROW_ERRORS = (OSError, ValueError, NotImplementedError)
"""What pyarrow raises on a damaged file: a flipped bit may also look like a feature it does not know."""


def parquet_rows(path: Path, file: Any) -> Iterator[Row | Rejection]:
    """
    Read the rows of a Parquet file.

    :param path: The file.
    :param file: The same, opened by pyarrow.
    :returns: A row or a rejection for each row; `line` counts rows from 1.
    """
    number = 1
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            yield from _batch_rows(path, number, batch)
            number += batch.num_rows
    except PYARROW_ERRORS as error:
        yield Rejection(path, number, f"the file is damaged, nothing from this row on is read ({error})")


def _batch_rows(path: Path, first: int, batch: Any) -> Iterator[Row | Rejection]:
    try:
        for offset, values in enumerate(batch.to_pylist()):
            yield Row(path, first + offset, values)
    except ValueError:  # one string that is not UTF-8 spoils the batch
        for offset in range(batch.num_rows):
            yield _row(path, first + offset, batch.slice(offset, 1))


def _row(path: Path, number: int, batch: Any) -> Row | Rejection:
    try:
        return Row(path, number, batch.to_pylist()[0])
    except ValueError as error:
        return Rejection(path, number, f"a value cannot be read: {error}")


def _pyarrow_parquet() -> ModuleType:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise SourceError("Reading Parquet needs pyarrow. Install it: pip install 'qa-system[parquet]'") from error
    return pyarrow.parquet


def _matches(head: Head) -> bool:
    return head.container == "parquet"


def parquet_table(path: Path) -> Table:
    """
    Open a Parquet file.

    :param path: The file.
    :returns: Its columns, and its rows as they are read. The file is closed after the last.
    :raises SourceError: If it cannot be read, repeats a column, or pyarrow is not installed.
    """
    module = _pyarrow_parquet()
    try:
        file = module.ParquetFile(path)
        columns = file.schema_arrow.names
    except PYARROW_ERRORS as error:
        raise SourceError(f"{path} is no readable Parquet file: {error}") from error
    check_distinct(path, columns)
    return Table(columns, _closing(path, file))


def _closing(path: Path, file: Any) -> Iterator[Row | Rejection]:
    with file:
        yield from parquet_rows(path, file)


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    table = parquet_table(path)
    return mapped_reviews(path, table.rows, mapping, columns=table.columns)


FORMAT = Format("parquet", _matches, _reviews, fields=FIELDS, table=parquet_table)
