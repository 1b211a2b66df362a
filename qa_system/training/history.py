"""What the log of a training says of it when it is done."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from qa_system.training.log import Progress

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class History:
    """
    The rows of a log, whichever of several sittings wrote them.

    :param rows: In order.
    """

    rows: tuple[Progress, ...]

    @classmethod
    def read(cls, path: Path) -> "History":
        """
        Read a log.

        :param path: A file that `TrainingLog` wrote, with one row or more.
        :returns: Its rows.
        """
        return cls(tuple(read_rows(path, Progress)))

    @property
    def last(self) -> Progress:
        """The last row."""
        return self.rows[-1]

    @property
    def validations(self) -> tuple[Progress, ...]:
        """The rows that are validations."""
        return tuple(row for row in self.rows if row.f1 is not None)

    @property
    def best(self) -> Progress:
        """The validation whose model was kept: the first of the highest F1."""
        return max(self.validations, key=lambda row: row.f1 or 0.0)

    @property
    def seconds(self) -> float:
        """How long learning took, in seconds: without validations, checkpoints, and what a kill undid."""
        return sum(tokens / row.tokens_per_second for tokens, row in zip(self._tokens(), self.rows, strict=True))

    @property
    def tokens_per_second(self) -> float:
        """How fast learning was, over all of it."""
        return self.last.tokens / self.seconds

    def _tokens(self) -> Iterator[int]:
        """Count what was learned from between each row and the one before."""
        yield self.rows[0].tokens
        for before, after in pairwise(self.rows):
            yield after.tokens - before.tokens


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """
    Read the rows of a log.

    :param path: A file that `TrainingLog` wrote.
    :param kind: What its rows are: a dataclass of whole numbers, and of others that may be missing.
    :returns: The rows, in order.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [
            kind(**{column.name: _value(column.type, row[column.name]) for column in fields(kind)})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        ]


def _value(kind: Any, text: str) -> int | float | None:
    if kind is int:
        return int(text)
    return float(text) if text else None
