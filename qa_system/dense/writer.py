"""The one process that writes a dense index: lock, repair, append, delete, compact."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Self

import numpy as np
from filelock import FileLock, Timeout

from qa_system.dense.encoder import Encoder
from qa_system.dense.log import VectorLog
from qa_system.dense.manifest import Manifest, damaged, has_index
from qa_system.dense.tuning import keep_up
from qa_system.errors import StoreError, StoreLockedError
from qa_system.settings import IndexKind

COMPACTION_ROWS = 4096
"""Rows copied at a time when a log is compacted."""


class IndexWriter:
    """
    Context manager that writes a dense index, alone.

    Opening repairs what a killed writer left. Leaving without an error compacts a log of which more than half is
    deleted, records the number of passages, and builds what makes searches over many vectors quick.

    :param path: Folder of the index, made where it is missing.
    :param encoder: The encoder of the vectors that will be written.
    :param rebuild: Throw away what the index holds, whichever encoder made it.
    :param kind: What to build for searches over all vectors.
    """

    def __init__(self, path: Path, encoder: Encoder, *, rebuild: bool = False, kind: IndexKind = "auto") -> None:
        self._path = path
        self._encoder = encoder
        self._rebuild = rebuild
        self._kind: IndexKind = kind

    def __enter__(self) -> Self:
        with _disk_errors(self._path):
            self._lock = _acquire_lock(self._path)
        try:
            with _disk_errors(self._path):
                self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                with _disk_errors(self._path):
                    self._finish()
        finally:
            self._lock.release()

    @property
    def ids(self) -> set[str]:
        """Ids of the passages in the index."""
        return set(self._log.live_ids)

    def append(self, ids: Sequence[str], items: Sequence[str | None], vectors: np.ndarray) -> None:
        """
        Add passages as one block, which is on the disk when this returns.

        :param ids: Passage ids.
        :param items: The item of each passage.
        :param vectors: float32 (n, dimension).
        :raises StoreError: If a vector is not finite or of another dimension, or the disk is full.
        """
        expected = (len(ids), self._log.dimension)
        if vectors.shape != expected:
            raise StoreError(f"The encoder gave vectors of shape {vectors.shape}; the index takes {expected}.")
        broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if broken.size:
            raise StoreError(
                f"The encoder gave a vector with NaN or infinite numbers for passage {ids[broken[0]]}, which no search "
                "could rank. Look at the passage's text, or use another encoder."
            )
        with _disk_errors(self._path):
            self._log.append(ids, items, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        """
        Remove passages.

        :param ids: Passage ids.
        :raises StoreError: If the disk is full.
        """
        with _disk_errors(self._path):
            self._log.delete(ids)

    def _open(self) -> None:
        if self._rebuild or not has_index(self._path):
            self._start()
        self._manifest = Manifest.load(self._path)
        self._manifest.check_encoder(self._encoder.identity, self._path)
        self._log = _open_log(self._path, self._manifest)
        self._log.repair()
        _remove_other_logs(self._path, self._manifest.log)

    def _start(self) -> None:
        log = VectorLog.create(_next_log(self._path), self._encoder.dimension)
        Manifest(self._encoder.identity, log.dimension, log.path.name, count=0, rows=0).save(self._path)

    def _finish(self) -> None:
        if 2 * self._log.dead_rows > len(self._log):
            self._compact()
        log = self._log
        self._manifest = replace(self._manifest, log=log.path.name, count=len(log) - log.dead_rows, rows=len(log))
        self._manifest.save(self._path)
        _remove_other_logs(self._path, self._manifest.log)
        keep_up(self._path, log, self._kind)

    def _compact(self) -> None:
        old, rows = self._log, self._log.rows.all_live()
        new = VectorLog.create(_next_log(self._path), old.dimension)
        for start in range(0, len(rows), COMPACTION_ROWS):
            block = rows[start : start + COMPACTION_ROWS]
            new.append(old.rows.ids(block), old.rows.items(block), old.vectors[block])
        self._log = new


@contextmanager
def locked_log(path: Path) -> Iterator[VectorLog]:
    """
    Open the log of an index to build something from it, while nobody writes.

    :param path: Folder of the index.
    :returns: A context manager that gives the log.
    :raises StoreError: If there is no index, it is damaged, or what is built cannot be written.
    :raises StoreLockedError: If another process is writing.
    """
    Manifest.load(path)
    lock = _acquire_lock(path)
    try:
        with _disk_errors(path):
            yield _open_log(path, Manifest.load(path))
    finally:
        lock.release()


def _acquire_lock(path: Path) -> FileLock:
    """Keep other writers away. The system lets go of the lock of a process that dies."""
    path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path / "writer.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreLockedError(
            f"Another process is writing to the dense index {path}. Wait until that `qa index` is done; the index can "
            "be searched meanwhile."
        ) from error
    return lock


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The dense index {path} could not be written: {error}. What was embedded before is kept; once this is "
            "put right, run the same command again and it goes on from there."
        ) from error


def _open_log(path: Path, manifest: Manifest) -> VectorLog:
    try:
        return VectorLog(path / manifest.log, manifest.dimension)
    except FileNotFoundError as error:
        raise damaged(path) from error


def _next_log(path: Path) -> Path:
    numbers = [int(folder.name.removeprefix("log-")) for folder in path.glob("log-*")]
    return path / f"log-{max(numbers, default=0) + 1}"


def _remove_other_logs(path: Path, current: str) -> None:
    """Processes that still read one keep their mapping of it."""
    for folder in path.glob("log-*"):
        if folder.name != current:
            rmtree(folder)
