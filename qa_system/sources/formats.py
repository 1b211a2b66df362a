"""What a format is: how it is recognised, and how its files become records."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa_system.records import Question, Rejection
from qa_system.sources.rows import Located, Table

FieldMapping = Mapping[str, str]
"""Our field name to the column of the file that holds it: `{"text": "body", "item_id": "asin"}`."""


@dataclass(frozen=True, slots=True)
class Head:
    """
    What the beginning of a file shows.

    :param name: What the file is called.
    :param container: How rows are laid out; None where it cannot be told.
    :param columns: The names in the header, or the keys of the first rows.
    :param start: The first bytes, unpacked.
    """

    name: str
    container: Literal["csv", "json", "jsonl", "parquet"] | None
    columns: frozenset[str]
    start: bytes

    def has(self, columns: Iterable[str]) -> bool:
        """
        Look for columns.

        :param columns: Names.
        :returns: Whether all of them are there.
        """
        return self.columns.issuperset(columns)


@dataclass(frozen=True, slots=True)
class Format:
    """
    A format of files, one module each.

    :param name: As `--format` takes it.
    :param matches: Whether a file with this head is of the format.
    :param reviews: Reads a file's reviews, streaming.
    :param questions: Reads a file's labelled questions; None where the format has none.
    :param fields: Our fields that a mapping may give a column to; empty where the columns are fixed.
    :param table: Opens a file whose columns may be called anything; None where the columns are fixed.
    :param repeats_reviews: Whether a review stands in the file once for each question on it.
    """

    name: str
    matches: Callable[[Head], bool]
    reviews: Callable[[Path, FieldMapping], Iterator[Located | Rejection]]
    questions: Callable[[Path, FieldMapping], Iterator[Question | Rejection]] | None = None
    fields: tuple[str, ...] = ()
    table: Callable[[Path], Table] | None = None
    repeats_reviews: bool = False
