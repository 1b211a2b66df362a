"""Facts -> a table on the disk: CSV, or Parquet."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa_system.aspects.records import FactRow
from qa_system.dense.durable import replace_file
from qa_system.errors import QAError, SettingsError
from qa_system.presentation import FACT_COLUMNS, fact_object

SUFFIXES = (".csv", ".parquet")
_COUNTS = ("support", "speaking", "reviews", "start", "end")
_SHARES = ("agreement", "agreement_low", "agreement_high")


def check_table(path: Path) -> None:
    """
    Refuse a table that cannot be written, before the work is done.

    :param path: Where it shall be.
    :raises SettingsError: If its name does not end as that of a table does, its folder is missing, or pyarrow is not
        installed and it is Parquet.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise SettingsError(f"A table of facts ends in {' or '.join(SUFFIXES)}, and {path} does not.")
    if not path.resolve().parent.is_dir():
        raise SettingsError(f"There is no folder {path.resolve().parent} to write {path.name} to. Make it first.")
    if path.suffix.lower() == ".parquet":
        _pyarrow()


def write_table(rows: Sequence[FactRow], path: Path) -> None:
    """
    Write facts, one for each row, in one piece.

    :param rows: The facts.
    :param path: The file; it ends in `.csv` or `.parquet`. An old one is replaced.
    :raises SettingsError: As of `check_table`.
    :raises QAError: If the file cannot be written; an old one stays.
    """
    check_table(path)
    objects = [fact_object(row) for row in rows]
    try:
        if path.suffix.lower() == ".csv":
            replace_file(path, _csv(objects))
        else:
            _write_parquet(objects, path)
    except OSError as error:
        raise QAError(f"{path} cannot be written: {error}.") from error


def _csv(objects: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FACT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(objects)
    return text.getvalue()


def _write_parquet(objects: Sequence[dict[str, Any]], path: Path) -> None:
    """Name the types of the columns: one may hold nothing but nulls."""
    pyarrow, parquet = _pyarrow()
    types = dict.fromkeys(FACT_COLUMNS, pyarrow.string())
    types |= dict.fromkeys(_COUNTS, pyarrow.int64()) | dict.fromkeys(_SHARES, pyarrow.float64())
    temporary = path.with_name(f"{path.name}.tmp")
    parquet.write_table(pyarrow.Table.from_pylist(list(objects), schema=pyarrow.schema(list(types.items()))), temporary)
    temporary.replace(path)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SettingsError(
            "Writing Parquet needs pyarrow. Install it: pip install 'qa-system[parquet]', or write a .csv."
        ) from error
    return pyarrow, pyarrow.parquet
