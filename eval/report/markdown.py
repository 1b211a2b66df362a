"""What runs scored, as Markdown: readable in a terminal, in a file, on a web page."""

import math
import re
from collections.abc import Iterator, Sequence

from qa_system.eval.compare import Comparison
from qa_system.eval.report.sections import Section, sections
from qa_system.eval.report.tables import Cell, Table, plain
from qa_system.eval.scorecard import Scorecard

WIDTH = 120
"""Columns of a terminal; wider tables are split."""

UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters, which a terminal obeys, changes of direction, and halves of characters."""


def markdown(scorecards: Sequence[Scorecard], comparisons: Sequence[Comparison] = ()) -> str:
    """
    Report on runs.

    :param scorecards: Of any kinds and data; those of one kind on the same data stand side by side.
    :param comparisons: Tests between them.
    :returns: Markdown with tables of at most 120 columns, where the names of the systems let them.
    """
    parts = [part for section in sections(scorecards, comparisons) for part in _section(section)]
    return "\n\n".join(["# Evaluation", *parts]) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {_escaped(section.title)}"
    yield from map(_escaped, section.text)
    for table in section.tables:
        if not table.folded:
            yield f"**{_escaped(table.title)}**"
            yield from map(_table, _fitted(_written(table)))
            yield from filter(None, [_escaped(table.note)])
    if section.items:
        yield "\n".join(f"- **{_escaped(name)}**: {_escaped(text)}" for name, text in section.items)


Columns = list[list[str]]
"""The cells of a table column by column, each with its name on top."""


def _written(table: Table) -> Columns:
    rows = [table.columns, *table.rows]
    return [[_cell(cell) for cell in column] for column in zip(*rows, strict=True)]


def _cell(cell: Cell) -> str:
    return _escaped(cell) if isinstance(cell, str) else plain(cell)


def _fitted(columns: Columns) -> list[Columns]:
    """Turn a table that is too wide on its side, or cut it."""
    lying = [list(row) for row in zip(["", *columns[0][1:]], *columns[1:], strict=True)]
    return [lying] if _width(columns) > WIDTH >= _width(lying) else _split(columns)


def _split(columns: Columns) -> list[Columns]:
    """Cut into the fewest tables that are not too wide, of about equal width; all keep the first column."""
    stub, *rest = columns
    for pieces in range(1, len(rest)):
        size = math.ceil(len(rest) / pieces)
        tables = [[stub, *rest[start : start + size]] for start in range(0, len(rest), size)]
        if all(_width(table) <= WIDTH for table in tables):
            return tables
    return [[stub, column] for column in rest]


def _width(columns: Columns) -> int:
    return sum(_column_width(column) + 3 for column in columns) + 1


def _column_width(column: list[str]) -> int:
    return max(3, *map(len, column))


def _table(columns: Columns) -> str:
    stub, *rest = columns
    widths = [_column_width(column) for column in columns]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [[cell.ljust(widths[0]) for cell in stub]]
    padded += [[cell.rjust(width) for cell in column] for column, width in zip(rest, widths[1:], strict=True)]
    header, *rows = zip(*padded, strict=True)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, ruler, *rows])


def _escaped(text: str) -> str:
    """Keep names from the data from being read as Markdown, as markup or as orders to the terminal."""
    return re.sub(r"([\\`*|\[]|<(?=[a-zA-Z/!?]))", r"\\\1", " ".join(UNSAFE.sub(" ", text).split()))
