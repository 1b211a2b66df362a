"""What the page shows of the pros and cons of a product, as HTML. Pure, as `render` is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa_system.ui.render import escaped, heading
from qa_system.ui.render_consensus import quotes, silent_bar
from qa_system.ui.words import copies_in_words, counted

if TYPE_CHECKING:  # importing Haystack loads torch
    from qa_system import AspectLine, Side, Summary

TERMS = 3
"""Other words for an aspect that are named."""
QUOTES = 2
"""Quotes of each side of an aspect that are shown without asking for more."""


def waiting(reviews: int) -> str:
    """
    Keep a place for a summary that is not made yet.

    :param reviews: How many reviews are summed up.
    :returns: HTML.
    """
    return f'<p class="qa-advice" role="status">Summing up {counted(reviews, "review")} …</p>'


def summary_card(summary: "Summary") -> str:
    """
    Show what reviewers praise in a product and what they complain about.

    :param summary: The summary; its quotes are located in whole reviews.
    :returns: HTML: a line for each aspect with its counts, which opens to the quotes of both sides.
    """
    reviews = f"{counted(summary.reviews, 'review')}{copies_in_words(summary.copies)}"
    note = heading("What its reviewers speak of", reviews)
    if not summary.lines:
        nothing = "The reviews praise nothing in common, and complain about nothing."
        return f'<section class="qa-summary">{note}<p class="qa-advice">{nothing}</p></section>'
    groups = (("Praised", summary.pros), ("Complained about", summary.cons), ("Divided", summary.divided))
    columns = "".join(_group(title, lines) for title, lines in groups if lines)
    return f'<section class="qa-summary">{note}<div class="qa-sides">{columns}</div></section>'


def _group(title: str, lines: "Sequence[AspectLine]") -> str:
    return f'<section class="qa-side"><h3>{title}</h3>{"".join(map(_line, lines))}</section>'


def _line(line: "AspectLine") -> str:
    others = f" <small>also {escaped(', '.join(line.terms[:TERMS]))}</small>" if line.terms else ""
    sides = (line.leading, line.complaints if line.leading is line.praise else line.praise)
    counts = f"<span>{_counts(line)}</span>{silent_bar((line.praise, line.complaints))}"
    shown = f"<b><bdi>{escaped(line.aspect)}</bdi></b> {counts}"
    opened = others + "".join(_said(side) for side in sides if side.support)
    return f'<details class="qa-aspect"><summary>{shown}</summary>{opened}</details>'


def _said(side: "Side") -> str:
    does = "praise it" if side.stance == "positive" else "complain"
    return f"<h4>{side.support:,} {does}</h4>{quotes(side, QUOTES)}"


def _counts(line: "AspectLine") -> str:
    counts = ((line.praise.support, "praise"), (line.complaints.support, "complain"))
    return ", ".join(f"{count:,} {does}" for count, does in counts if count)
