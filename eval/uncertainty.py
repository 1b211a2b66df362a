"""How sure a figure is: intervals and paired tests that treat the questions about one item as related."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from qa_system.eval.scorecard import Estimate

RESAMPLES = 9_999
BATCH = 250  # resamples held at a time: a few megabytes for a thousand items, where all at once take hundreds


@dataclass(frozen=True, slots=True)
class Difference(Estimate):
    """
    The mean difference of two systems over the questions that both were measured on.

    :param p_value: How probable a difference at least as large would be if the systems were exchangeable.
    """

    p_value: float


def interval(
    values: ArrayLike,
    clusters: Sequence[Hashable],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    rng: int | np.random.Generator = 0,
) -> Estimate:
    """
    Estimate a mean over questions by the bootstrap over clusters (Cameron et al. 2008).

    Items are drawn with replacement, each with all its questions: questions about one item succeed and fail together,
    and drawing them singly would promise too much. The interval holds the middle `level` of the means drawn.

    :param values: A measure of each question, NaN where it does not apply, shape `[questions]`.
    :param clusters: The item each question is about; None where it stands alone. `[questions]` long.
    :param level: The share of intervals that are to hold the truth.
    :param resamples: How many times to draw.
    :param rng: The seed or generator to draw with. The order of the questions does not matter.
    :returns: The mean with its interval, whose ends are NaN with fewer than two clusters: then nothing shows how far
        items differ.
    """
    sums, counts = _totals(values, clusters)
    count = int(counts.sum())
    value = float(sums.sum() / count) if count else math.nan
    if len(sums) < 2:
        return Estimate(value, math.nan, math.nan, count)
    low, high = stats.bootstrap(
        (sums, counts),
        _ratio,
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        batch=BATCH,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(rng),
    ).confidence_interval
    return Estimate(value, float(low), float(high), count)


def paired_test(
    first: ArrayLike,
    second: ArrayLike,
    clusters: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
    rng: int | np.random.Generator = 0,
) -> Difference:
    """
    Test whether two systems differ on the same questions.

    The p-value is that of a randomisation test, two-sided: were the systems alike, swapping them on all questions about
    an item would change nothing, so their difference is set against those after random swaps, item by item.

    :param first: A measure of the first system on each question, NaN where it does not apply, shape `[questions]`.
    :param second: The same of the second system.
    :param clusters: The item each question is about; None where it stands alone. `[questions]` long.
    :param resamples: How many times to draw, and to swap.
    :param rng: The seed or generator to draw with.
    :returns: First minus second over the questions that both measures apply to, with its 95% interval; see `interval`.
        With fewer than two clusters the p-value is 1.
    """
    generator = np.random.default_rng(rng)
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    mean = interval(differences, clusters, resamples=resamples, rng=generator)
    sums, _ = _totals(differences, clusters)
    p_value = _swapping_p_value(sums, resamples, generator) if len(sums) > 1 else 1.0
    return Difference(mean.value, mean.low, mean.high, mean.count, p_value)


def corrected(p_values: Sequence[float]) -> list[float]:
    """
    Correct p-values for the number of comparisons made (Benjamini & Yekutieli 2001).

    Comparisons of systems on the same questions depend on each other; this correction holds under any dependence.

    :param p_values: Of all comparisons made.
    :returns: The corrected ones, in the same order: those below 0.05 hold at most 5% false discoveries on average.
    """
    return [float(p_value) for p_value in stats.false_discovery_control(p_values, method="by")]


def _totals(values: ArrayLike, clusters: Sequence[Hashable]) -> NDArray[np.float64]:
    """Sum and number of the values of each cluster, shape `[2, clusters]`; sorted, as their order must not matter."""
    groups: dict[Hashable, list[float]] = {}
    for value, cluster in zip(np.asarray(values, dtype=np.float64).tolist(), clusters, strict=True):
        if not math.isnan(value):
            groups.setdefault(object() if cluster is None else cluster, []).append(value)
    return np.array(sorted((math.fsum(group), len(group)) for group in groups.values())).reshape(-1, 2).T


def _ratio(sums: NDArray[np.float64], counts: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    return sums.sum(axis=axis) / counts.sum(axis=axis)


def _swapping_p_value(sums: NDArray[np.float64], resamples: int, rng: np.random.Generator) -> float:
    """Swapping the systems on an item turns the sign of its difference; what was observed has no sign turned."""
    test = stats.monte_carlo_test(
        np.ones(len(sums)),
        lambda size: 2.0 * rng.integers(0, 2, size) - 1.0,
        lambda signs, axis: signs @ sums,
        vectorized=True,
        n_resamples=resamples,
        batch=BATCH,
    )
    return float(test.pvalue)
