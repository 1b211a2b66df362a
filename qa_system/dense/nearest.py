"""Exact nearest neighbours by inner product; the one place to choose how vectors are searched."""

import numpy as np

GATHER_AT_MOST = 2_000
"""Rows up to which copying them together beats a scan through a selector (384 dimensions); items rarely have more."""


def nearest(
    query: np.ndarray, vectors: np.ndarray, *, top_k: int, rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """
    Find the vectors with the largest inner product, exactly.

    :param query: float32 (d,).
    :param vectors: float32 (n, d), contiguous, may be mapped from a file.
    :param top_k: How many to find, at least 1.
    :param rows: Ascending numbers of the rows to search, int64; None for all.
    :returns: Row numbers and inner products, best first: `min(top_k, rows)` of each.
    """
    if rows is not None and len(rows) <= GATHER_AT_MOST:
        return _gather(query, vectors, top_k, rows)
    return _scan(query, vectors, top_k, rows)


def _gather(query: np.ndarray, vectors: np.ndarray, top_k: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = vectors[rows] @ query
    best = np.argsort(-scores, kind="stable")[:top_k]
    return rows[best], scores[best]


def _scan(query: np.ndarray, vectors: np.ndarray, top_k: int, rows: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """
    Search with FAISS where the vectors lie; `faiss.IndexFlatIP` would copy them all into memory first.

    `faiss.knn` is the same search and takes no selector.
    """
    import faiss

    count, dimension = vectors.shape
    found = min(top_k, count if rows is None else len(rows))
    scores, best = np.empty(found, np.float32), np.empty(found, np.int64)
    query = np.ascontiguousarray(query, np.float32)
    bits = None if rows is None else _bitmap(rows, count)
    selector = None if bits is None else faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
    arrays = (faiss.swig_ptr(query), faiss.swig_ptr(vectors), dimension, 1, count, found)
    faiss.knn_inner_product(*arrays, faiss.swig_ptr(scores), faiss.swig_ptr(best), selector)
    return best, scores


def _bitmap(rows: np.ndarray, count: int) -> np.ndarray:
    selected = np.zeros(count, bool)
    selected[rows] = True
    return np.packbits(selected, bitorder="little")
