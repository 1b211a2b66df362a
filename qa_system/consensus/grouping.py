"""Spans that state a fact -> groups that state the same one."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from qa_system.consensus.numbers import may_agree, numbers_in

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts -> their vectors of length 1, float32 (n, dimension)."""

LEAST_COSINE = 0.55
"""Cosine of two spans from which they state the same."""
SAME_NUMBERS = 0.5
"""What the distance of spans is multiplied by where both state a number, and the same one."""

_APART = 10.0  # more than any distance of vectors


def same_facts(texts: Sequence[str], encode: Encode, *, least_cosine: float = LEAST_COSINE) -> list[int]:
    """
    Group spans by what they state: near in meaning, each to each other, and of the same numbers.

    :param texts: The spans.
    :param encode: Gives their vectors.
    :param least_cosine: Cosine from which two spans may be of one group.
    :returns: The group of each span, numbered from 0 in the order of the spans.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(texts) < 2:
        return [0] * len(texts)
    distances = _distances(texts, encode(texts))
    # Complete linkage: no span of a group contradicts another one of it.
    tree = linkage(squareform(distances, checks=False), method="complete")
    return _in_order(fcluster(tree, t=1 - least_cosine, criterion="distance"))


def _distances(texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    distances = np.clip(1 - vectors.astype(np.float64) @ vectors.T, 0, 2)
    numbers = [numbers_in(text) for text in texts]
    for row, of_row in enumerate(numbers):
        for column in range(row):
            if not may_agree(of_row, numbers[column]):
                distances[row, column] = distances[column, row] = _APART
            elif of_row and numbers[column]:
                distances[row, column] = distances[column, row] = distances[row, column] * SAME_NUMBERS
    np.fill_diagonal(distances, 0)
    return distances


def _in_order(groups: NDArray[np.int32]) -> list[int]:
    order: dict[int, int] = {}
    return [order.setdefault(int(group), len(order)) for group in groups]
