"""The dense index as it is searched: a manifest, a vector log, and what was built to search many vectors quickly."""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import numpy as np
from haystack import logging
from numpy.typing import NDArray

from qa_system.dense.approximate import Approximate
from qa_system.dense.derived import FILE_NAME, Derived
from qa_system.dense.encoder import Encoder
from qa_system.dense.kinds import AS_TUNED, Effort
from qa_system.dense.log import VectorLog
from qa_system.dense.manifest import Manifest, damaged, has_index
from qa_system.dense.nearest import nearest
from qa_system.errors import QueryError

logger = logging.getLogger(__name__)


class DenseIndex:
    """
    Vectors of passages, searched by inner product. `open` one that `IndexWriter` made.

    The search is exact inside an item and among given ids. Over all of many vectors it is as `IndexWriter` or `qa tune
    dense` built it; only which passages are found is approximate then, never their scores.

    May be searched by many threads, and while another process writes.
    """

    def __init__(self, path: Path, encoder: Encoder | None, effort: Effort) -> None:
        self.path = path
        self._encoder = encoder
        self._effort = effort
        self._lock = Lock()
        self._load()

    @classmethod
    def open(cls, path: str | Path, *, encoder: Encoder | None = None, effort: Effort = AS_TUNED) -> "DenseIndex":
        """
        Open an index to search it.

        :param path: Folder of the index.
        :param encoder: The encoder whose vectors will be searched for; None to leave that unchecked.
        :param effort: How thoroughly to search over all vectors; by default as was tuned.
        :returns: The index.
        :raises StoreError: If there is none, it is damaged, or it was made by another encoder or version.
        """
        return cls(Path(path), encoder, effort)

    @staticmethod
    def exists(path: str | Path) -> bool:
        """
        Tell whether a folder holds an index.

        :param path: Folder of the index.
        :returns: Whether there is one, of whatever encoder.
        """
        return has_index(Path(path))

    @property
    def manifest(self) -> Manifest:
        """What the index says of itself."""
        return self._manifest

    def __len__(self) -> int:
        return len(self._log) - self._log.dead_rows

    def holds_any(self, ids: Iterable[str]) -> bool:
        """
        Tell whether one of several passages has a vector.

        :param ids: Passage ids.
        :returns: Whether one has.
        """
        return bool(len(self._log.rows.of_ids(ids)))

    def refresh(self) -> None:
        """
        Take in what was written since. Costs a look at two files where nothing was.

        :raises StoreError: If the index was made again with another encoder.
        """
        with self._lock:
            try:
                self._log.refresh()
            except FileNotFoundError:  # compacted or made again
                self._load()
            if self._stamp() != self._derived_stamp:
                self._load_derived()

    def search(
        self, vector: np.ndarray, *, top_k: int, item_id: str | None = None, ids: Iterable[str] | None = None
    ) -> list[tuple[str, float]]:
        """
        Find the passages whose vectors have the largest inner product with a vector.

        :param vector: float32 (dimension,).
        :param top_k: How many to find.
        :param item_id: Only passages of this item; None for all.
        :param ids: Only these passages; None for all. Unknown ids are passed over.
        :returns: Passage ids and inner products, best first; fewer than `top_k` only where fewer match.
        :raises QueryError: If the vector is not finite or of another dimension, or `top_k` is negative.
        """
        self._check(vector, top_k)
        with self._lock:
            log, vectors, live, approximate = self._log, self._log.vectors, self._log.rows.live, self._approximate
            rows = self._rows(item_id, ids)
        if top_k == 0 or not len(vectors):
            return []
        if item_id is None and ids is None:
            rows = _everywhere(vector, live, approximate, top_k=top_k)
        best, scores = nearest(vector, vectors, top_k=top_k, rows=rows)
        return list(zip(log.rows.ids(best), scores.tolist(), strict=True))

    def _rows(self, item_id: str | None, ids: Iterable[str] | None) -> np.ndarray | None:
        if ids is not None:
            rows = self._log.rows.of_ids(ids)
            return rows if item_id is None else np.intersect1d(rows, self._log.rows.of_item(item_id))
        if item_id is not None:
            return self._log.rows.of_item(item_id)
        return None

    def _check(self, vector: np.ndarray, top_k: int) -> None:
        dimension = self._manifest.dimension
        if vector.shape != (dimension,):
            raise QueryError(
                f"The query's vector has shape {vector.shape}, those of the dense index {self.path} have "
                f"({dimension},). Encode the query with {self._manifest.encoder.query_model!r}."
            )
        if not np.isfinite(vector).all():
            raise QueryError("The query's vector holds NaN or infinite numbers, so that nothing can be ranked by it.")
        if top_k < 0:
            raise QueryError(f"top_k is {top_k}; it is the number of passages to find, so it cannot be negative.")

    def _load(self) -> None:
        manifest = Manifest.load(self.path)
        if self._encoder is not None:
            manifest.check_encoder(self._encoder.identity, self.path)
        try:
            log = VectorLog(self.path / manifest.log, manifest.dimension)
        except FileNotFoundError as error:
            if Manifest.load(self.path).log == manifest.log:
                raise damaged(self.path) from error
            return self._load()  # a writer put another log in its place between the two reads
        if lost := max(0, manifest.rows - len(log.ids)):
            logger.warning(
                "The dense index {path} has lost {lost} vectors at its end; their passages are not found by dense "
                "search until they are embedded again with `qa index`.",
                path=self.path,
                lost=lost,
            )
        self._manifest, self._log = manifest, log
        self._load_derived()

    def _load_derived(self) -> None:
        self._derived_stamp = self._stamp()
        derived = Derived.load(self.path)
        found = derived.open(self.path, self._log) if derived else None
        self._approximate = (found, self._effort.of(found.kind) or derived.effort) if derived and found else None

    def _stamp(self) -> int:
        try:
            return (self.path / FILE_NAME).stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _everywhere(
    vector: np.ndarray, live: NDArray[np.bool_], approximate: tuple[Approximate, int] | None, *, top_k: int
) -> NDArray[np.int64] | None:
    """Say which of all rows to rank: those proposed, else the live ones; None for simply all."""
    if approximate is not None:
        index, effort = approximate
        proposed = index.candidates(vector, live, top_k=top_k, effort=effort)
        if proposed is not None:
            return proposed
    return None if live.all() else np.flatnonzero(live)
