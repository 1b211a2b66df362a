"""What runs scored, for programs. The keys are documented in docs/cli.md and stable."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from qa_system.eval.compare import Compared, Comparison
from qa_system.eval.scorecard import Estimate, Scorecard
from qa_system.finite import finite


def summary(scorecards: Sequence[Scorecard], comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """
    Describe runs and the differences between them.

    :param scorecards: What the runs scored.
    :param comparisons: Tests between them.
    :returns: What `json.dumps` takes; a number that does not exist is None.
    """
    rows = [row for comparison in comparisons for row in comparison.rows]
    plain = {"runs": [_run(card) for card in scorecards], "comparisons": [_compared(row) for row in rows]}
    return {part: finite(listed) for part, listed in plain.items()}


def _run(card: Scorecard) -> dict[str, Any]:
    header = card.header
    return {
        "kind": header.kind,
        "system": header.system,
        "scope": header.scope,
        "data": dict(header.data),
        "questions": len(card.predictions),
        "failed": card.failed,
        "measures": _estimates(card.measures),
        "baselines": {name: _estimates(measures) for name, measures in card.baselines.items()},
        "mistakes": {name: len(places) for name, places in card.mistakes.items()},
        "loss": None if card.loss is None else asdict(card.loss),
        "cost": asdict(card.cost),
    }


def _compared(row: Compared) -> dict[str, Any]:
    found = {"difference": row.difference.value, "low": row.difference.low, "high": row.difference.high, "p": row.p}
    return {"measure": row.measure, "first": row.first, "second": row.second, "verdict": row.verdict} | found


def _estimates(measures: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(estimate) for name, estimate in measures.items()}
