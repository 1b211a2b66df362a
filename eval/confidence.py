"""How well a system knows what it knows: measures of a whole run, which are no means over its questions."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qa_system.eval.abstention import (
    Values,
    area_under_risk_coverage,
    best_f1_threshold,
    expected_calibration_error,
    reliability,
    risk_coverage,
)
from qa_system.eval.answering import Marks
from qa_system.eval.scorecard import Curve, Estimate
from qa_system.eval.uncertainty import draws, percentile_ends

RESAMPLES = 999


def confidence_measures(marks: Marks, clusters: Sequence[str | None]) -> dict[str, Estimate]:
    """
    Measure a run as a whole.

    The risk of an answer is 1 - F1 of the best span, 1 where there is no answer to find; the event that its probability
    is held against is exact match. A question that failed is a risk of 1, taken last, and never abstained on; it states
    no probability, so the calibration errors leave it out and their counts show that.

    :param marks: Of its readings.
    :param clusters: As of `clusters_of`.
    :returns: `best F1` and `best threshold` (Rajpurkar et al. 2018; an upper bound), `AURC` (Geifman & El-Yaniv 2017),
        `ECE answer` and `ECE no answer` (Naeini et al. 2015). Intervals are percentiles of the bootstrap over items. On
        resamples these measures are biased (calibration errors upwards, as bins get noisier), so that the value itself
        may lie outside; the interval is then widened to it. The threshold has none.
    """
    everything, threshold = np.ones(len(marks), dtype=bool), float(_best(marks)[0])
    return {
        "best F1": _estimate(_best_f1, marks, everything, clusters),
        "best threshold": Estimate(threshold, math.nan, math.nan, len(marks)),
        "AURC": _estimate(_aurc, marks, everything, clusters),
        "ECE answer": _estimate(_ece_answer, marks, marks["spoken"], clusters),
        "ECE no answer": _estimate(_ece_no_answer, marks, ~marks["failed"], clusters),
    }


def confidence_curves(marks: Marks) -> dict[str, Curve]:
    """
    Draw what the measures sum up.

    :param marks: Of a run's readings.
    :returns: `reliability` of the answers' probabilities, and `risk-coverage`.
    """
    spoken = marks[marks["spoken"]]
    return {
        "reliability": reliability(spoken["confidence"], spoken["forced_exact"]),
        "risk-coverage": risk_coverage(*_confidence_and_risk(marks)),
    }


def _best(marks: Marks, times: ArrayLike = 1) -> tuple[Values, Values]:
    no_answer = np.where(marks["failed"], -np.inf, marks["no_answer"])
    return best_f1_threshold(no_answer, marks["forced_f1"], marks["answerable"], times=times)


def _best_f1(marks: Marks, times: ArrayLike) -> Values:
    return _best(marks, times)[1]


def _aurc(marks: Marks, times: ArrayLike) -> Values:
    return area_under_risk_coverage(*_confidence_and_risk(marks), times=times)


def _confidence_and_risk(marks: Marks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.where(marks["failed"], -1.0, marks["confidence"]), 1 - marks["forced_f1"]


def _ece_answer(marks: Marks, times: ArrayLike) -> Values:
    return expected_calibration_error(marks["confidence"], marks["forced_exact"], times=times)


def _ece_no_answer(marks: Marks, times: ArrayLike) -> Values:
    return expected_calibration_error(marks["no_answer"], ~marks["answerable"], times=times)


def _estimate(
    measure: Callable[[Marks, ArrayLike], Values],
    marks: Marks,
    applies: NDArray[np.bool_],
    clusters: Sequence[str | None],
) -> Estimate:
    measured, rows = marks[applies], _rows_by_item(marks, applies, clusters)
    value, count = float(measure(measured, 1)), len(measured)
    if len(rows) < 2:
        return Estimate(value, math.nan, math.nan, count)
    ordered, item = marks[np.concatenate(rows)], np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    drawn = np.concatenate([measure(ordered, times[:, item]) for times in draws(len(rows), RESAMPLES)])
    low, high = percentile_ends(drawn).tolist()
    return Estimate(value, min(low, value), max(high, value), count)


def _rows_by_item(marks: Marks, applies: NDArray[np.bool_], clusters: Sequence[str | None]) -> list[NDArray[np.int64]]:
    """Which rows are of each item, in an order that does not depend on that of the questions."""
    items: dict[object, list[int]] = {}
    for row in np.flatnonzero(applies).tolist():
        cluster = clusters[row]
        items.setdefault(object() if cluster is None else cluster, []).append(row)
    rows = [np.array(sorted(own, key=lambda row: marks[row].tobytes())) for own in items.values()]
    return sorted(rows, key=lambda own: marks[own].tobytes())
