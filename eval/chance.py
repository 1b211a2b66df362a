"""What chance would find: the measures of retrieval as expected over all orders of the reviews."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.retrieval import measures, relevance
from qa_system.records import Question


def expected(
    questions: Sequence[Question], candidates: Sequence[int], ks: Iterable[int]
) -> dict[str, NDArray[np.float64]]:
    """
    Measure a ranking in random order, all orders being equally probable.

    Drawing without replacement: the first `k` places hold relevant reviews as the hypergeometric distribution says.

    :param questions: With their labels.
    :param candidates: How many reviews each question's ranking is chosen from, those of its item or of the whole
        corpus, shape `[questions]`.
    :param ks: Cutoffs.
    :returns: The exact expectation of each of `measures`, as of `retrieval.per_question`.
    """
    wanted = measures(ks)
    grades = [sorted(relevance(question).values(), reverse=True) for question in questions]
    found = _by_depth(grades, candidates, max(measure["cutoff"] for measure in wanted))
    return {str(measure): found[str(measure.NAME)][:, measure["cutoff"] - 1] for measure in wanted}


def _by_depth(grades: Sequence[Sequence[int]], candidates: Sequence[int], depth: int) -> dict[str, NDArray[np.float64]]:
    """Each measure at the depths from 1, shape `[questions, depth]`; `n` reviews, `m` of them relevant."""
    judged, m = _column(len(each) for each in grades), _column(sum(grade > 0 for grade in each) for each in grades)
    n = np.maximum(_column(candidates), judged)
    rank = np.arange(1, depth + 1)
    filled, discount = (rank <= n).astype(float), 1 / np.log2(rank + 1)
    ideal = np.array([_padded([max(grade, 0) for grade in each], depth) for each in grades]).reshape(-1, depth)
    gain = _column(sum(max(grade, 0) for grade in each) for each in grades) / np.maximum(n, 1)
    missed = np.cumprod(np.clip((n - m - rank + 1) / np.maximum(n - rank + 1, 1), 0, 1), axis=1)
    first = -np.diff(missed, axis=1, prepend=1)
    relevant = filled * m / np.maximum(n, 1)
    precision = (1 + (rank - 1) * (m - 1) / np.maximum(n - 1, 1)) / rank  # at a rank that a relevant review has
    with np.errstate(invalid="ignore"):  # 0 / 0 where nothing is relevant, or judged
        return {
            "R": np.cumsum(relevant, axis=1) / m,
            "P": np.where(m, np.cumsum(relevant, axis=1) / rank, np.nan),
            "Success": np.where(m, 1 - missed, np.nan),
            "RR": np.where(m, np.cumsum(first / rank, axis=1), np.nan),
            "AP": np.cumsum(relevant * precision, axis=1) / m,
            "nDCG": np.cumsum(filled * gain * discount, axis=1) / np.cumsum(ideal * discount, axis=1),
            "Judged": judged / np.where(judged, n, 0) * np.ones(depth),
        }


def _column(numbers: Iterable[float]) -> NDArray[np.float64]:
    return np.array(list(numbers), dtype=np.float64).reshape(-1, 1)


def _padded(grades: Sequence[int], depth: int) -> list[int]:
    return [*grades[:depth], *[0] * (depth - len(grades))]
