"""The vector log: which passages have been embedded, and their vectors, in two files that only grow."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from haystack import logging

from qa_system.dense.durable import sync_folder, write_at
from qa_system.dense.journal import encode_record, read_records
from qa_system.dense.rows import PassageRows

logger = logging.getLogger(__name__)

VECTOR_TYPE = np.dtype("<f4")


class Block(NamedTuple):
    """
    Vectors that were written together.

    :param start: First row.
    :param stop: Row after the last.
    :param checksum: CRC-32 of the vectors' bytes.
    """

    start: int
    stop: int
    checksum: int


class VectorLog:
    """
    An append-only log of (passage id, item id, vector).

    `vectors` holds nothing but the vectors, row after row, and is mapped into memory. `journal` says what they are: a
    record for each block of rows, and one for each set of deleted ids; either names the rows that it makes dead. A
    block's vectors are on the disk before its record is written, so a block that the journal has is whole.

    Any number of processes may read while one writes (`IndexWriter` sees to it that it is one): rows never move, and
    a reader takes only what the journal has.

    :param path: Folder of the two files.
    :param dimension: Length of a vector.
    :raises FileNotFoundError: If the folder holds no log.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self.path = path
        self.dimension = dimension
        self.rows = PassageRows()
        self.vectors = np.empty((0, dimension), VECTOR_TYPE)
        self._blocks: list[Block] = []
        self._end = 0
        self._vectors_path = path / "vectors"
        self._journal_path = path / "journal"
        self.refresh()

    @classmethod
    def create(cls, path: Path, dimension: int) -> "VectorLog":
        """
        Make an empty log.

        :param path: Folder that does not exist yet.
        :param dimension: Length of a vector.
        :returns: The log.
        """
        path.mkdir(parents=True)
        (path / "vectors").touch()
        (path / "journal").touch()
        sync_folder(path)
        sync_folder(path.parent)
        return cls(path, dimension)

    def __len__(self) -> int:
        """Number of rows, dead ones included."""
        return len(self.rows)

    @property
    def ids(self) -> list[str]:
        """The passage of every row, dead ones included."""
        return self.rows.ids()

    @property
    def live_ids(self) -> list[str]:
        """The ids that are not deleted, in the order they were embedded."""
        return self.rows.ids(self.rows.all_live())

    @property
    def dead_rows(self) -> int:
        """Number of rows whose passage was deleted or embedded again."""
        return len(self) - int(self.rows.live.sum())

    def checksum(self, rows: int) -> int:
        """
        Sum up the blocks at the beginning of the log.

        :param rows: Rows that they have.
        :returns: A CRC-32 by which they are told from those of another log.
        """
        return crc32(repr([block for block in self._blocks if block.stop <= rows]).encode())

    def refresh(self) -> bool:
        """
        Take in what was appended since; costs one look at the file's size where nothing was.

        :returns: Whether there was anything.
        :raises FileNotFoundError: If the log was removed because another took its place.
        """
        if self._journal_path.stat().st_size == self._end:
            return False
        before, rows_on_disk = self._end, self._vectors_path.stat().st_size // self._bytes(1)
        for record, end in read_records(self._journal_path, self._end):
            if "ids" in record and not self._is_whole(record, rows_on_disk):
                break
            self._apply(record, end)
        self._show()
        return self._end > before

    def append(self, ids: Sequence[str], items: Sequence[str | None], vectors: np.ndarray) -> None:
        """
        Write a block. When this returns it is on the disk.

        :param ids: Passage ids. One that the log has already gets the new vector.
        :param items: The item of each passage.
        :param vectors: float32 (n, dimension).
        :raises OSError: If the disk is full; the log is as before.
        """
        data = vectors.astype(VECTOR_TYPE).tobytes()
        dead = [*self.rows.of_ids(ids).tolist(), *_repeated(ids, len(self))]
        write_at(self._vectors_path, self._bytes(len(self)), data)
        self._record({"ids": list(ids), "items": list(items), "checksum": crc32(data), "dead": dead})

    def delete(self, ids: Iterable[str]) -> None:
        """
        Mark passages as deleted.

        :param ids: Passage ids.
        :raises OSError: If the disk is full; the log is as before.
        """
        self._record({"dead": self.rows.of_ids(ids).tolist()})

    def repair(self) -> None:
        """
        Cut off an unfinished end and delete the passages of damaged blocks, with a warning that counts them.

        Only for the one writer.
        """
        if lost := self._cut_torn_end():
            logger.warning(
                "The dense index {path} ended in an unfinished block, its writer was interrupted. "
                "Up to {lost} passages are to be embedded again.",
                path=self.path.parent,
                lost=lost,
            )
        if damaged := self._damaged_rows():
            self._record({"dead": damaged})
            logger.warning(
                "The dense index {path} held damaged vectors of {damaged} passages. They are to be embedded again.",
                path=self.path.parent,
                damaged=len(damaged),
            )

    def _cut_torn_end(self) -> int:
        vector_bytes, journal_bytes = self._vectors_path.stat().st_size, self._journal_path.stat().st_size
        if (vector_bytes, journal_bytes) == (self._bytes(len(self)), self._end):
            return 0
        rows_on_disk = -(-vector_bytes // self._bytes(1))
        torn_records = (record for record, _ in read_records(self._journal_path, self._end))
        rows_in_journal = len(self) + sum(len(record.get("ids", ())) for record in torn_records)
        write_at(self._journal_path, self._end, b"")
        write_at(self._vectors_path, self._bytes(len(self)), b"")
        return max(rows_on_disk, rows_in_journal) - len(self)

    def _damaged_rows(self) -> list[int]:
        damaged = [
            block for block in self._blocks if crc32(self.vectors[block.start : block.stop].tobytes()) != block.checksum
        ]
        rows = chain.from_iterable(range(block.start, block.stop) for block in damaged)
        return [row for row in rows if self.rows.live[row]]

    def _record(self, record: Mapping[str, Any]) -> None:
        line = encode_record(record)
        write_at(self._journal_path, self._end, line)
        self._apply(record, self._end + len(line))
        self._show()

    def _apply(self, record: Mapping[str, Any], end: int) -> None:
        if "ids" in record:
            start = len(self)
            self.rows.add(record["ids"], record["items"])
            self._blocks.append(Block(start, len(self), record["checksum"]))
        self.rows.bury(record["dead"])
        self._end = end

    def _is_whole(self, record: Mapping[str, Any], rows_on_disk: int) -> bool:
        """
        Tell whether a block's vectors are there.

        Only the block that ends the file is checked byte by byte: of the others, the next block was written after
        them. `repair` checks all.
        """
        start, count = len(self), len(record["ids"])
        if start + count != rows_on_disk:
            return start + count < rows_on_disk
        vectors = np.fromfile(self._vectors_path, VECTOR_TYPE, count * self.dimension, offset=self._bytes(start))
        return crc32(vectors.tobytes()) == record["checksum"]

    def _show(self) -> None:
        """Let what was read or written be seen, ids and vectors at once."""
        self.rows.settle()
        if len(self) > len(self.vectors):  # an empty file cannot be mapped
            shape = (len(self), self.dimension)
            self.vectors = np.memmap(self._vectors_path, VECTOR_TYPE, mode="r", shape=shape)

    def _bytes(self, rows: int) -> int:
        return rows * self.dimension * VECTOR_TYPE.itemsize


def _repeated(ids: Sequence[str], start: int) -> list[int]:
    """Find the rows of a block whose passage comes once more in it."""
    last = {id_: row for row, id_ in enumerate(ids, start)}
    return [row for row, id_ in enumerate(ids, start) if last[id_] != row]
