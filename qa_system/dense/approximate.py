"""Approximate nearest neighbours with FAISS: which rows of a vector log are worth ranking."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from haystack import logging
from numpy.typing import NDArray

from qa_system.dense.kinds import CANDIDATES, lists, recipe
from qa_system.settings import IndexKind

logger = logging.getLogger(__name__)

ADDED_TOGETHER = 65_536
LEARNED_FROM = 50_000
"""Vectors that a scalar quantiser learns its ranges from."""

PRODUCT_ROUNDS = 10
"""Iterations of k-means for a product quantiser: FAISS's 25 take minutes, and candidates are ranked again anyway."""

LEARNED_FROM_A_LIST = 64
"""Vectors that a list of an IVF is placed by; FAISS warns below 39, and more take longer for little."""


class Approximate:
    """
    A FAISS index of the first rows of a vector log, by row number.

    It only proposes rows: they are ranked by the vectors in the log, so that scores are exact whatever was quantised,
    and rows that came later take part. May be searched by many threads.

    :param index: The FAISS index.
    :param kind: Its kind.
    """

    def __init__(self, index: Any, kind: IndexKind) -> None:
        self.kind = kind
        self.rows: int = index.ntotal
        self.dimension: int = index.d
        self._index, self._guard = _placed(index, kind)

    @classmethod
    def read(cls, path: Path, kind: IndexKind) -> "Approximate":
        """
        Open a file, which is mapped and not read where FAISS can.

        :param path: The file.
        :param kind: What is in it.
        :returns: The index.
        :raises RuntimeError: If FAISS cannot read it.
        """
        import faiss

        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), kind)

    def candidates(
        self, query: np.ndarray, live: NDArray[np.bool_], *, top_k: int, effort: int
    ) -> NDArray[np.int64] | None:
        """
        Propose the rows among which the nearest are.

        :param query: float32 (d,).
        :param live: Whether each row of the log, as it is now, is to be found.
        :param top_k: How many passages are wanted.
        :param effort: `nprobe` of an IVF, `ef_search` of an HNSW.
        :returns: Ascending numbers of live rows, all that came after the index was built among them; None if there are
            fewer than `top_k` while the log has more.
        """
        alive = int(live.sum())
        depth = min(self.rows, ceil(top_k * CANDIDATES[self.kind] * len(live) / max(1, alive)))
        found = np.unique(self._nearest(query, depth, effort))
        found = found[(found >= 0) & (found < self.rows)]
        proposed = np.concatenate([found[live[found]], self.rows + np.flatnonzero(live[self.rows :])])
        return proposed if len(proposed) >= min(top_k, alive) else None

    def _nearest(self, query: np.ndarray, depth: int, effort: int) -> NDArray[np.int64]:
        parameters = _parameters(self.kind, effort, depth)
        with self._guard:
            _, found = self._index.search(np.ascontiguousarray(query[None], np.float32), depth, params=parameters)
        return found[0]


def build(
    vectors: np.ndarray,
    kind: IndexKind,
    path: Path,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """
    Build the index of all vectors and write it to a file.

    :param vectors: float32 (n, d), may be mapped from a file; they are read in parts.
    :param kind: One of `APPROXIMATE`.
    :param path: The file.
    :param seed: Draws the vectors that it learns from.
    :param progress: Told how many vectors are in, and of how many.
    :raises OSError: If the file cannot be written.
    """
    import faiss

    count, dimension = vectors.shape
    index = faiss.index_factory(dimension, recipe(kind, dimension, count), faiss.METRIC_INNER_PRODUCT)
    _learn(index, kind, _drawn(vectors, _learned_from(kind, count), seed))
    for start in range(0, count, ADDED_TOGETHER):
        index.add(np.ascontiguousarray(vectors[start : start + ADDED_TOGETHER]))
        progress(min(start + ADDED_TOGETHER, count), count)
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:  # what FAISS raises for a full disk
        raise OSError(f"FAISS could not write {path}: {error}") from error


def _learned_from(kind: IndexKind, count: int) -> int:
    return min(count, LEARNED_FROM if kind == "hnsw" else max(LEARNED_FROM, LEARNED_FROM_A_LIST * lists(count)))


def _drawn(vectors: np.ndarray, size: int, seed: int) -> np.ndarray:
    return vectors[np.sort(np.random.default_rng(seed).choice(len(vectors), size, replace=False))]


def _learn(index: Any, kind: IndexKind, sample: np.ndarray) -> None:
    import faiss

    if kind != "hnsw" and faiss.get_num_gpus():
        centroids = faiss.IndexFlatIP(index.d)
        faiss.extract_index_ivf(index).clustering_index = faiss.index_cpu_to_gpus_list(centroids, gpus=[0])
    if kind == "ivf-pq":
        index.pq.cp.niter, index.pq.cp.max_points_per_centroid = PRODUCT_ROUNDS, LEARNED_FROM_A_LIST
    index.train(sample)


def _parameters(kind: IndexKind, effort: int, depth: int) -> Any:
    import faiss as untyped

    faiss: Any = untyped  # its types lag behind it
    if kind == "hnsw":
        return faiss.SearchParametersHNSW(efSearch=max(effort, depth))
    return faiss.SearchParametersIVF(nprobe=effort)


def _placed(index: Any, kind: IndexKind) -> tuple[Any, AbstractContextManager[Any]]:
    """Copy an IVF to the GPU where faiss-gpu finds one; searches there take turns. Not tried on a GPU."""
    import faiss

    if kind == "hnsw" or not faiss.get_num_gpus():
        return index, nullcontext()
    try:
        return faiss.index_cpu_to_gpus_list(index, gpus=[0]), Lock()
    except RuntimeError as error:
        logger.warning("The index is searched on the CPU, as FAISS cannot search it on the GPU: {error}", error=error)
        return index, nullcontext()
