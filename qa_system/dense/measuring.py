"""How much of what exact search finds an approximate one finds, and how quickly."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from haystack import logging
from numpy.typing import NDArray

from qa_system.dense.approximate import Approximate
from qa_system.dense.kinds import efforts
from qa_system.dense.log import VectorLog
from qa_system.dense.nearest import nearest
from qa_system.errors import StoreError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """
    Queries and what exact search finds for each.

    :param queries: float32 (n, d).
    :param own: The row that each query is itself, never counted as found; -1 for none.
    :param nearest: The rows to be found, for each query.
    :param seconds: What exact search took for each.
    """

    queries: np.ndarray
    own: NDArray[np.int64]
    nearest: list[set[int]]
    seconds: list[float]

    @classmethod
    def of_log(cls, log: VectorLog, *, size: int, top_k: int, seed: int = 0) -> "Sample":
        """
        Draw stored vectors as queries.

        :param log: The log.
        :param size: Most queries.
        :param top_k: How many are to be found for each.
        :param seed: Draws them.
        :returns: The sample.
        :raises StoreError: If the log has no live rows.
        """
        live = log.rows.all_live()
        if not len(live):
            raise StoreError(f"The dense index {log.path.parent} holds no vectors. Index reviews first: `qa index`.")
        own = np.random.default_rng(seed).choice(live, min(size, len(live)), replace=False)
        return cls.of_queries(log, np.array(log.vectors[own]), own, top_k=top_k)

    @classmethod
    def of_queries(cls, log: VectorLog, queries: np.ndarray, own: NDArray[np.int64], *, top_k: int) -> "Sample":
        """
        Search the log exactly.

        :param log: The log.
        :param queries: float32 (n, d).
        :param own: The row that each query is itself; -1 for none.
        :param top_k: How many are to be found for each.
        :returns: The sample.
        """
        rows = log.rows.all_live() if log.dead_rows else None
        found, seconds = [], []
        for query, itself in zip(queries, own.tolist(), strict=True):
            start = perf_counter()
            best, _ = nearest(query, log.vectors, top_k=top_k + 1, rows=rows)
            seconds.append(perf_counter() - start)
            found.append(set([row for row in best.tolist() if row != itself][:top_k]))
        return cls(queries, own, found, seconds)

    @property
    def milliseconds(self) -> float:
        """Median time of an exact search."""
        return _median_ms(self.seconds)


def least_effort(approximate: Approximate, log: VectorLog, sample: Sample, wanted: float) -> tuple[int, float, float]:
    """
    Find how thoroughly an index must be searched.

    :param approximate: The index.
    :param log: The log that it was built from.
    :param sample: The queries.
    :param wanted: Share of the nearest to be found; where no effort finds it, there is a warning.
    :returns: The least `nprobe` or `ef_search` that finds it, or the most there is; the share that it finds, and the
        median time of a search in milliseconds.
    """
    effort, recall, milliseconds = 0, 0.0, 0.0
    for effort in efforts(approximate.kind, approximate.rows):
        recall, milliseconds = measure(approximate, log, sample, effort)
        if recall >= wanted:
            return effort, recall, milliseconds
    logger.warning(
        "The {kind} index finds {recall:.3f} of the nearest at most, not {wanted}; `qa tune dense` compares it with "
        "the other kinds.",
        kind=approximate.kind,
        recall=recall,
        wanted=wanted,
    )
    return effort, recall, milliseconds


def measure(approximate: Approximate, log: VectorLog, sample: Sample, effort: int) -> tuple[float, float]:
    """
    Search for the queries of a sample.

    :param approximate: The index.
    :param log: The log that it was built from.
    :param sample: The queries.
    :param effort: `nprobe` or `ef_search`.
    :returns: Share of the nearest that were found, and the median time of a search in milliseconds.
    """
    shares, seconds = [], []
    for query, itself, right in zip(sample.queries, sample.own.tolist(), sample.nearest, strict=True):
        start = perf_counter()
        best = _search(approximate, log, query, top_k=len(right) + 1, effort=effort)
        seconds.append(perf_counter() - start)
        found = [row for row in best if row != itself][: len(right)]
        shares.append(len(right.intersection(found)) / max(1, len(right)))
    return float(np.mean(shares)), _median_ms(seconds)


def _search(approximate: Approximate, log: VectorLog, query: np.ndarray, *, top_k: int, effort: int) -> list[int]:
    rows = approximate.candidates(query, log.rows.live, top_k=top_k, effort=effort)
    return [] if rows is None else nearest(query, log.vectors, top_k=top_k, rows=rows)[0].tolist()


def _median_ms(seconds: Sequence[float]) -> float:
    return float(np.median(seconds)) * 1000 if seconds else 0.0
