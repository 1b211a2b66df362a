"""Tables as the report means them, before they are Markdown or HTML."""

import math
from dataclasses import dataclass
from decimal import Decimal

from qa_system.eval.scorecard import Estimate

Cell = str | int | Estimate
"""What a table holds; an `Estimate` is written with its interval."""

NONE = "\N{EN DASH}"
"""Stands in a cell that has no value."""


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table of a report.

    :param title: What it shows.
    :param columns: Their names; the first column names the row.
    :param rows: As many cells each as there are columns.
    :param note: A sentence on what it counts.
    :param folded: Whether it is for the curious: HTML folds it, Markdown leaves it out.
    :param words: How many columns hold words, from the left; the others hold numbers.
    :param stub: How many columns, from the left, stay in each piece of a table that is cut because it is too wide.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: bool = False
    words: int = 1
    stub: int = 1


def number(value: float) -> str:
    """
    Write a measure.

    :param value: Its value.
    :returns: Three decimals, `n/a` for NaN.
    """
    return "n/a" if math.isnan(value) else f"{value:z.3f}"


def probability(p: float) -> str:
    """
    Write a p-value.

    :param p: Its value.
    :returns: Three decimals; of one that rounds to zero, that it is below.
    """
    return "<0.001" if p < 0.0005 else number(p)


def interval(estimate: Estimate) -> str:
    """
    Write the uncertainty of a measure.

    :param estimate: The measure.
    :returns: `[low, high]`, empty where it is not known.
    """
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return ""
    return f"[{estimate.low:z.3f}, {estimate.high:z.3f}]"


def significant(value: float) -> str:
    """
    Write a quantity.

    :param value: Its value.
    :returns: Three significant digits, never with an exponent; `n/a` for NaN.
    """
    return "n/a" if math.isnan(value) else f"{Decimal(f'{value:.2e}'):f}"


def shortened(text: str, width: int) -> str:
    """
    Fit words into a cell.

    :param text: The words.
    :param width: How many characters there are.
    :returns: The words, with white space collapsed and the end cut off where they are longer.
    """
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def plain(cell: Cell) -> str:
    """
    Write a cell in plain text.

    :param cell: What it holds.
    :returns: One line.
    """
    if isinstance(cell, Estimate):
        return f"{number(cell.value)} {interval(cell)}".rstrip()
    return f"{cell:,}" if isinstance(cell, int) else cell
