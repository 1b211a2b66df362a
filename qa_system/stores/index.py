"""The Tantivy index of a store: its last committed state for readers, its one writer."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import tantivy

from qa_system.errors import StoreError, StoreLockedError
from qa_system.stores.analysis import words_analyzer
from qa_system.stores.codec import SCHEMA, WORDS

_HEAP_BYTES = 64_000_000
_THREADS = 2


class Index:
    """
    A Tantivy index in a folder, which may not exist yet.

    :param path: Folder of the index alone.
    :param language: Decides how content is analysed.
    """

    def __init__(self, path: Path, language: str) -> None:
        self.path = path
        self._language = language
        self._lock = Lock()
        self._opened: tantivy.Index | None = None
        self._state: tuple[int, int] | None = None

    def searcher(self) -> tantivy.Searcher:
        """
        Give the last committed state, also of other processes. Checking that takes one look at a file's date.

        :returns: A snapshot that later commits do not change, safe to use from many threads.
        :raises StoreError: The index is damaged.
        """
        state = self._committed_state()
        with self._lock:
            if self._opened is None or state != self._state:
                self._opened = self._open(state)
                self._state = state
            return self._opened.searcher()

    @contextmanager
    def writer(self) -> Iterator[tantivy.IndexWriter]:
        """
        Hold the index's one writer; what was not committed when the block ends is dropped.

        :returns: The writer.
        :raises StoreLockedError: Somebody else holds it.
        :raises StoreError: The folder cannot be written.
        """
        with self.guarded():
            self.path.mkdir(parents=True, exist_ok=True)
            writer = self._prepared(tantivy.Index(SCHEMA, str(self.path))).writer(_HEAP_BYTES * _THREADS, _THREADS)
        try:
            yield writer
        finally:
            with self.guarded():
                writer.wait_merging_threads()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """
        Turn what Tantivy and the file system raise into errors of the store.

        :raises StoreLockedError: The writer is taken.
        :raises StoreError: Anything else.
        """
        try:
            yield
        except (ValueError, OSError) as error:
            if "LockBusy" in str(error):
                raise StoreLockedError(
                    f"The store {self.path.parent} is being written by another job. Wait until it is done, or stop it; "
                    "searching goes on meanwhile."
                ) from error
            raise StoreError(
                f"The store {self.path.parent} could not be written: {str(error).rstrip('.')}. The disk has "
                f"{self._free_megabytes()} MB free. What was committed before is still there."
            ) from error

    def close(self) -> None:
        """Let go of all files; the next use opens them again."""
        with self._lock:
            self._opened = self._state = None

    def _free_megabytes(self) -> int:
        there = next(folder for folder in (self.path, *self.path.absolute().parents) if folder.exists())
        return shutil.disk_usage(there).free // 1_000_000

    def _committed_state(self) -> tuple[int, int] | None:
        """What changes with each commit; None before the first."""
        try:
            status = os.stat(self.path / "meta.json")
        except FileNotFoundError:
            self._require_new()
            return None
        return status.st_mtime_ns, status.st_ino

    def _require_new(self) -> None:
        if any(self.path.glob("*.store")):
            raise self._damage(f"{self.path / 'meta.json'} is missing")

    def _open(self, state: tuple[int, int] | None) -> tantivy.Index:
        if state is None:
            return self._prepared(tantivy.Index(SCHEMA))
        try:
            return self._prepared(tantivy.Index.open(str(self.path)))
        except ValueError as error:
            if "Lockfile" in str(error):
                raise StoreError(
                    f"The store {self.path.parent} cannot be read: reading takes a lock in its folder, and that cannot "
                    f"be written ({error}). Allow it, or copy the store to where it is allowed."
                ) from error
            raise self._damage(str(error)) from error

    def _damage(self, found: str) -> StoreError:
        return StoreError(
            f"The store {self.path.parent} is damaged: {found.rstrip('.')}. Restore it, or index the reviews again "
            "into a new folder."
        )

    def _prepared(self, index: tantivy.Index) -> tantivy.Index:
        index.register_tokenizer(WORDS, words_analyzer(self._language))
        index.config_reader("manual")
        return index
