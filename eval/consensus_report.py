"""How well summaries are supported by their places, as a section of a report, and for programs."""

from dataclasses import asdict
from typing import Any

from qa_system.eval.consensus_lines import MEASURES, LineScores
from qa_system.eval.report.sections import Section
from qa_system.eval.report.tables import Table
from qa_system.finite import finite


def line_section(scores: LineScores) -> Section:
    """
    Say how well summaries are supported.

    :param scores: Of the summaries of the items.
    :returns: The section.
    """
    rows = tuple((name, scores.measures[name].count, scores.measures[name]) for name in MEASURES)
    note = "In brackets: the 95% interval, by bootstrap over items. Lines: those that the measure applies to."
    return Section(
        anchor="pros-and-cons",
        title="Pros and cons: lines supported by their places",
        text=(
            f"{scores.items:,} items were summed up in {scores.lines:,} lines, each a side of an aspect: so many "
            f"reviewers praise it, or complain about it. {scores.judged:,} of them quote a place that was labelled.",
        ),
        tables=(Table("Pros and cons", ("Measure", "Lines", "Mean"), rows, note),),
        items=tuple(MEASURES.items()),
    )


def line_summary(scores: LineScores) -> dict[str, Any]:
    """
    Put the scores of summaries into plain data.

    :param scores: Of the summaries of the items.
    :returns: `items`, `lines`, `judged` and `measures`; a number that does not exist is None.
    """
    measures = {name: finite(asdict(estimate)) for name, estimate in scores.measures.items()}
    return {"items": scores.items, "lines": scores.lines, "judged": scores.judged, "measures": measures}
