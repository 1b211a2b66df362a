"""Tables as the report means them, before they are Markdown or HTML."""

import math
from dataclasses import dataclass

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
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: bool = False


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
    return f"[{estimate.low:z.2f}, {estimate.high:z.2f}]"


def plain(cell: Cell) -> str:
    """
    Write a cell in plain text.

    :param cell: What it holds.
    :returns: One line.
    """
    if isinstance(cell, Estimate):
        return f"{number(cell.value)} {interval(cell)}".rstrip()
    return f"{cell:,}" if isinstance(cell, int) else cell
