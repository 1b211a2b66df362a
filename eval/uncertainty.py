"""How sure a figure is: intervals and paired tests that treat the questions about one item as related."""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qa_system.eval.scorecard import Estimate

RESAMPLES = 9_999
LEVEL = 0.95
"""The share of intervals that are to hold the truth."""
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
    level: float = LEVEL,
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
    return intervals([values], clusters, level=level, resamples=resamples, rng=rng)[0]


def intervals(
    columns: Sequence[ArrayLike],
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    rng: int | np.random.Generator = 0,
) -> list[Estimate]:
    """
    Estimate several means over the same questions by the same draws, which cost more than all the means.

    :param columns: Measures of each question, shape `[measures, questions]`, all NaN where one is.
    :param clusters: As of `interval`.
    :param level: As of `interval`.
    :param resamples: As of `interval`.
    :param rng: As of `interval`.
    :returns: The mean of each measure, as of `interval`.
    """
    totals = _totals(columns, clusters)
    *sums, questions = totals.sum(axis=0).tolist()
    values, count = [total / questions if questions else math.nan for total in sums], int(questions)
    if len(totals) < 2:
        return [Estimate(value, math.nan, math.nan, count) for value in values]
    drawn = np.concatenate([times @ totals for times in draws(len(totals), resamples, rng)])
    ends = percentile_ends(drawn[:, :-1] / drawn[:, -1:], level=level)
    return [Estimate(value, low, high, count) for value, (low, high) in zip(values, ends.T.tolist(), strict=True)]


def draws(clusters: int, resamples: int, rng: int | np.random.Generator = 0) -> Iterator[NDArray[np.float64]]:
    """
    Draw clusters with replacement, as many as there are.

    What is a sum over clusters needs no more than this, and is a matrix product; `scipy.stats.bootstrap`, which works
    for any statistic, copies the data for each resample and takes ten times as long.

    :param clusters: How many there are.
    :param resamples: How many times to draw.
    :param rng: The seed or generator to draw with.
    :returns: How often each cluster was drawn, in batches of shape `[at most 250, clusters]`.
    """
    generator = np.random.default_rng(rng)
    for done in range(0, resamples, BATCH):
        size = min(BATCH, resamples - done)
        chosen = generator.integers(0, clusters, (size, clusters)) + clusters * np.arange(size)[:, np.newaxis]
        yield np.bincount(chosen.ravel(), minlength=size * clusters).reshape(size, clusters).astype(np.float64)


def percentile_ends(drawn: NDArray[np.float64], *, level: float = LEVEL) -> NDArray[np.float64]:
    """
    Cut off the tails of what was drawn.

    :param drawn: Values of resamples, shape `[resamples, ...]`.
    :param level: The share to keep in the middle.
    :returns: Lower and upper end, shape `[2, ...]`.
    """
    tail = (1 - level) / 2
    return np.quantile(drawn, [tail, 1 - tail], axis=0)


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
    sums = _totals([differences], clusters)[:, 0]
    p_value = _swapping_p_value(sums, resamples, generator) if len(sums) > 1 else 1.0
    return Difference(mean.value, mean.low, mean.high, mean.count, p_value)


def corrected(p_values: Sequence[float]) -> list[float]:
    """
    Correct p-values for the number of comparisons made (Holm 1979), which `scipy.stats` has no function for.

    Comparisons of systems on the same questions depend on each other; this correction holds under any dependence, and
    is never stricter than Bonferroni's.

    :param p_values: Of all comparisons made.
    :returns: The corrected ones, in the same order: that one below 0.05 is false has a probability of at most 5%.
    """
    raw = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(raw)
    found = np.empty_like(raw)
    found[order] = np.minimum(1, np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1)))
    return [float(p_value) for p_value in found]


def _totals(columns: Sequence[ArrayLike], clusters: Sequence[Hashable]) -> NDArray[np.float64]:
    """
    Sums of the measures of each cluster, and last its number of questions, shape `[clusters, measures + 1]`.

    Sorted, as the order of the clusters must not matter.
    """
    values = np.array(columns, dtype=np.float64)
    groups: dict[Hashable, list[int]] = {}
    for row in np.flatnonzero(~np.isnan(values).any(axis=0)).tolist():
        cluster = clusters[row]
        groups.setdefault(object() if cluster is None else cluster, []).append(row)
    totals = [(*map(math.fsum, values[:, rows].tolist()), len(rows)) for rows in groups.values()]
    return np.array(sorted(totals), dtype=np.float64).reshape(-1, len(values) + 1)


def _swapping_p_value(sums: NDArray[np.float64], resamples: int, rng: np.random.Generator) -> float:
    """Swapping the systems on an item turns the sign of its difference; what was observed has no sign turned."""
    from scipy import stats  # half a second to import, and a report of one run tests nothing

    test = stats.monte_carlo_test(
        np.ones(len(sums)),
        lambda size: 2.0 * rng.integers(0, 2, size) - 1.0,
        lambda signs, axis: signs @ sums,
        vectorized=True,
        n_resamples=resamples,
        batch=BATCH,
    )
    return float(test.pvalue)
