"""Reviews that are copies of another one, or nearly: spam, and what a shop imports twice."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SHINGLE_WORDS = 5
LEAST_JACCARD = 0.5
"""Shingles that two reviews share, of all that they have, from which one is a copy of the other (Broder, 1997)."""

_WORD = re.compile(r"\w+")

Words = tuple[str, ...]


def originals(texts: Sequence[str]) -> list[int]:
    """
    Find for each text the one that it is a copy of.

    Copies have the same words, whatever their case and punctuation, or share at least half of their sequences of five
    words. Texts of less than five words have to be the same; texts without a word are nobody's copies.

    :param texts: Whole reviews.
    :returns: For each text the index of the first that it is a copy of, its own where it is none.
    """
    words = [tuple(_WORD.findall(text.casefold())) for text in texts]
    first_with: dict[Words, int] = {}
    same = [first_with.setdefault(of_text, index) if of_text else index for index, of_text in enumerate(words)]
    distinct = sorted(set(same))
    nearly = dict(zip(distinct, _first_alike([words[index] for index in distinct]), strict=True))
    return [distinct[nearly[index]] for index in same]


def _first_alike(texts: Sequence[Words]) -> list[int]:
    """Join what is alike, also by way of a third text, and name the first of each group."""
    from scipy.sparse.csgraph import connected_components

    if not texts:
        return []
    _, groups = connected_components(_alike(texts), directed=False)
    _, first = np.unique(groups, return_index=True)
    return [int(first[group]) for group in groups]


def _alike(texts: Sequence[Words]) -> "csr_array":
    from scipy.sparse import csr_array

    table = _shingle_table([_shingles(words) for words in texts])
    shared = (table @ table.T).tocoo()
    sizes = np.asarray(table.sum(axis=1)).ravel()
    rows, columns = shared.coords
    is_alike = shared.data >= LEAST_JACCARD * (sizes[rows] + sizes[columns] - shared.data)
    return csr_array((shared.data[is_alike], (rows[is_alike], columns[is_alike])), shape=shared.shape)


def _shingle_table(shingles: Sequence[set[Words]]) -> "csr_array":
    """Note which text has which shingle, as ones in a sparse table."""
    from scipy.sparse import csr_array

    numbers: dict[Words, int] = {}
    columns = [numbers.setdefault(shingle, len(numbers)) for of_text in shingles for shingle in of_text]
    starts = np.cumsum([0, *map(len, shingles)])
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(shingles), max(1, len(numbers))))


def _shingles(words: Words) -> set[Words]:
    if not words:
        return set()
    return {words[start : start + SHINGLE_WORDS] for start in range(max(1, len(words) - SHINGLE_WORDS + 1))}
