"""Words for the same side of a product -> groups: by their stems, and by the nearness of their vectors."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from qa_system.aspects.mentions import Mention

LEAST_COSINE = 0.7
"""Mean cosine between the words of two groups that are one: see docs/consensus.md."""
MOST_WORDS = 500
"""Words that are compared with each other, the most used ones: their number counts squared."""

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Words -> float32 (n, dimension), each row of length 1."""


def grouped(
    mentions: Iterable[Mention], vectors: Vectors, *, least_cosine: float = LEAST_COSINE
) -> list[list[Mention]]:
    """
    Put together the mentions of the same side of a product.

    :param mentions: In any order.
    :param vectors: Gives words their meaning.
    :param least_cosine: Mean cosine between the words of two groups from which on they are one.
    :returns: Groups of mentions, in the order of the first of each.
    """
    by_key: dict[frozenset[str], list[Mention]] = {}
    for mention in mentions:
        by_key.setdefault(mention.key, []).append(mention)
    numbers = _cluster(by_key, vectors, least_cosine)
    groups: dict[int, list[Mention]] = {}
    for key, of_key in by_key.items():
        groups.setdefault(numbers[key], []).extend(of_key)
    return list(groups.values())


def most_used(terms: Iterable[str]) -> list[str]:
    """
    Put words in order.

    :param terms: Words, as often as they are used.
    :returns: Each once, the most used first; of equals the shortest.
    """
    counts = Counter(terms)
    return sorted(counts, key=lambda term: (-counts[term], len(term), term))


def _cluster(
    by_key: Mapping[frozenset[str], Sequence[Mention]], vectors: Vectors, least_cosine: float
) -> dict[frozenset[str], int]:
    """Number the groups; words that are hardly used stay by themselves."""
    keys = sorted(by_key, key=lambda key: -len(by_key[key]))
    numbers = {key: -number for number, key in enumerate(keys)}
    if len(compared := keys[:MOST_WORDS]) < 2:
        return numbers
    from scipy.cluster.hierarchy import fcluster, linkage

    rows = vectors([most_used(mention.term for mention in by_key[key])[0] for key in compared])
    tree = linkage(rows.astype(np.float64), method="average", metric="cosine")
    found = fcluster(np.maximum(tree, 0), 1 - least_cosine, criterion="distance")  # -1e-16 is refused
    return numbers | {key: int(number) for key, number in zip(compared, found, strict=True)}
