"""What runs scored, as Markdown: readable in a terminal, in a file, on a web page."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_system.eval.compare import Comparison
from qa_system.eval.report.examples import surest_mistakes
from qa_system.eval.report.groups import grouped
from qa_system.eval.report.sections import Section, sections
from qa_system.eval.report.tables import Cell, Table, plain
from qa_system.eval.scorecard import Scorecard

WIDTH = 120
"""Columns of a terminal; wider tables are split."""

UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Control characters, which a terminal obeys, changes of direction, and halves of characters."""


def markdown(
    scorecards: Sequence[Scorecard], comparisons: Sequence[Comparison] = (), *, further: Sequence[Section] = ()
) -> str:
    """
    Report on runs.

    :param scorecards: Of any kinds and data; those of one kind on the same data stand side by side.
    :param comparisons: Tests between them.
    :param further: Sections that come last.
    :returns: Markdown with tables of at most 120 columns, where the names of the systems let them.
    """
    examples = {group.anchor: surest_mistakes(group) for group in grouped(scorecards)}
    parts = [
        part
        for section in (*sections(scorecards, comparisons), *further)
        for part in _section(replace(section, tables=(*section.tables, *examples.get(section.anchor, ()))))
    ]
    return "\n\n".join(["# Evaluation", *parts]) + "\n"


def written(table: Table) -> str:
    """
    Write a table.

    :param table: What it holds.
    :returns: Its rows, without title and note: one Markdown table, or several where it is too wide.
    """
    names_first = (table.columns, *table.rows)
    columns = [
        _Column([_cell(cell) for cell in cells], place < table.words)
        for place, cells in enumerate(zip(*names_first, strict=True))
    ]
    return "\n\n".join(map(_drawn, _fitted(columns, table.stub)))


def _section(section: Section) -> Iterator[str]:
    yield f"## {_escaped(section.title)}"
    yield from map(_escaped, section.text)
    for table in section.tables:
        if not table.folded:
            yield f"**{_escaped(table.title)}**"
            yield written(table)
            yield from filter(None, [_escaped(table.note)])
    if section.items:
        yield "\n".join(f"- **{_escaped(name)}**: {_escaped(text)}" for name, text in section.items)


@dataclass(frozen=True, slots=True)
class _Column:
    """Cells, the name of the column on top, and whether they are words."""

    cells: list[str]
    is_words: bool

    @property
    def width(self) -> int:
        return max(3, *map(len, self.cells))

    def padded(self) -> list[str]:
        name, *rest = [cell.ljust(self.width) if self.is_words else cell.rjust(self.width) for cell in self.cells]
        return [name, "-" * self.width if self.is_words else "-" * (self.width - 1) + ":", *rest]


def _cell(cell: Cell) -> str:
    return _escaped(cell) if isinstance(cell, str) else plain(cell)


def _fitted(columns: Sequence[_Column], stub: int) -> list[Sequence[_Column]]:
    """Turn a table of numbers that is too wide on its side, or cut it."""
    if _width(columns) <= WIDTH:
        return [columns]
    lying = _turned(columns)
    is_numbers = not any(column.is_words for column in columns[1:])
    return [lying] if is_numbers and _width(lying) <= WIDTH else _cut(columns[:stub], columns[stub:])


def _turned(columns: Sequence[_Column]) -> list[_Column]:
    rows = zip(*(column.cells for column in columns), strict=True)
    return [_Column(["", *cells[1:]] if not place else list(cells), not place) for place, cells in enumerate(rows)]


def _cut(stub: Sequence[_Column], rest: Sequence[_Column]) -> list[Sequence[_Column]]:
    """Cut into the fewest tables that are not too wide, of about equal width."""
    for pieces in range(1, len(rest)):
        size = math.ceil(len(rest) / pieces)
        tables = [[*stub, *rest[start : start + size]] for start in range(0, len(rest), size)]
        if all(_width(table) <= WIDTH for table in tables):
            return [*tables]
    return [[*stub, column] for column in rest]


def _width(columns: Sequence[_Column]) -> int:
    return sum(column.width + 3 for column in columns) + 1


def _drawn(columns: Sequence[_Column]) -> str:
    rows = zip(*(column.padded() for column in columns), strict=True)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _escaped(text: str) -> str:
    """Keep names from the data from being read as Markdown, as markup or as orders to the terminal."""
    return re.sub(r"([\\`*|\[]|<(?=[a-zA-Z/!?]))", r"\\\1", " ".join(UNSAFE.sub(" ", text).split()))
