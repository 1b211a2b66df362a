"""The dense index as it is searched: a manifest, a vector log, and exact search over it."""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import numpy as np
from haystack import logging

from qa_system.dense.encoder import Encoder
from qa_system.dense.log import VectorLog
from qa_system.dense.manifest import Manifest, damaged, has_index
from qa_system.dense.nearest import nearest
from qa_system.errors import QueryError

logger = logging.getLogger(__name__)


class DenseIndex:
    """
    Vectors of passages, searched exactly by inner product. `open` one that `IndexWriter` made.

    May be searched by many threads, and while another process writes.
    """

    def __init__(self, path: Path, encoder: Encoder | None) -> None:
        self.path = path
        self._encoder = encoder
        self._lock = Lock()
        self._load()

    @classmethod
    def open(cls, path: str | Path, *, encoder: Encoder | None = None) -> "DenseIndex":
        """
        Open an index to search it.

        :param path: Folder of the index.
        :param encoder: The encoder whose vectors will be searched for; None to leave that unchecked.
        :returns: The index.
        :raises StoreError: If there is none, it is damaged, or it was made by another encoder or version.
        """
        return cls(Path(path), encoder)

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
        return len(self._log.live_ids)

    def holds(self, id_: str) -> bool:
        """
        Tell whether a passage has a vector.

        :param id_: The passage's id.
        :returns: Whether it has.
        """
        return id_ in self._log.live_ids

    def refresh(self) -> None:
        """
        Take in what was written since. Costs one look at a file's size where nothing was.

        :raises StoreError: If the index was made again with another encoder.
        """
        with self._lock:
            try:
                self._log.refresh()
            except FileNotFoundError:  # compacted or made again
                self._load()

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
            log, vectors, rows = self._log, self._log.vectors, self._rows(item_id, ids)
        if top_k == 0 or not len(vectors):
            return []
        best, scores = nearest(vector, vectors, top_k=top_k, rows=rows)
        return [(log.ids[row], score) for row, score in zip(best.tolist(), scores.tolist(), strict=True)]

    def _rows(self, item_id: str | None, ids: Iterable[str] | None) -> np.ndarray | None:
        if ids is not None:
            rows = self._log.rows_of(ids)
            return rows if item_id is None else np.intersect1d(rows, self._log.rows_of_item(item_id))
        if item_id is not None:
            return self._log.rows_of_item(item_id)
        return self._log.live_rows() if self._log.dead_rows else None

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
