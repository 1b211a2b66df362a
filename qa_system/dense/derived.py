"""The FAISS file beside a vector log: derived from it, replaced in one piece, ignored where it does not fit."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from zlib import crc32

from haystack import logging

from qa_system.dense.approximate import Approximate
from qa_system.dense.durable import replace_file, sync_folder
from qa_system.dense.log import VectorLog
from qa_system.settings import IndexKind

logger = logging.getLogger(__name__)

FILE_NAME = "approximate.json"
STALE_SHARE = 0.1
"""The file is made again when more of the log than this came after it; that much is searched exactly meanwhile."""


@dataclass(frozen=True, slots=True)
class Derived:
    """
    What was built from a vector log, kept in `approximate.json`.

    :param kind: What was built; `flat` is nothing.
    :param log: Name of the log's folder.
    :param log_checksum: What sums up the rows of the log that it covers.
    :param rows: Their number.
    :param file: Name of the FAISS file.
    :param size: Its bytes.
    :param checksum: CRC-32 of these.
    :param effort: `nprobe` or `ef_search`, tuned on a sample.
    :param recall: Share of the nearest that a search with it finds, on that sample.
    :param wanted: The share that was asked for.
    :param chosen: Whether `qa tune dense` chose the kind.
    """

    kind: IndexKind
    log: str
    log_checksum: int
    rows: int
    file: str
    size: int
    checksum: int
    effort: int
    recall: float
    wanted: float
    chosen: bool

    @classmethod
    def load(cls, folder: Path) -> "Derived | None":
        """
        Read what was built.

        :param folder: Folder of the index.
        :returns: Its description; None where there is none, or none that can be read.
        """
        try:
            stored = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
            return cls(**stored)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            _ignored(folder, f"{FILE_NAME} is damaged")
            return None

    def open(self, folder: Path, log: VectorLog) -> Approximate | None:
        """
        Open the file where it fits the log.

        :param folder: Folder of the index.
        :param log: The log.
        :returns: The index; None, with a warning, where the file is damaged or another log's.
        """
        if self.kind == "flat":
            return None
        try:
            if problem := self._misfit(folder, log):
                _ignored(folder, problem)
                return None
            approximate = Approximate.read(folder / self.file, self.kind)
        except (OSError, RuntimeError):
            _ignored(folder, f"{self.file} cannot be read")
            return None
        if (approximate.rows, approximate.dimension) != (self.rows, log.dimension):
            _ignored(folder, f"{self.file} holds {approximate.rows} vectors of {approximate.dimension} numbers")
            return None
        return approximate

    def serves(self, folder: Path, log: VectorLog, kind: IndexKind) -> bool:
        """
        Tell whether the file can stay, reading all of it.

        :param folder: Folder of the index.
        :param log: The log.
        :param kind: The kind that is wanted.
        :returns: Whether it is of that kind, whole, this log's, and covers enough of it.
        """
        if self.kind != kind or len(log) - self.rows > STALE_SHARE * len(log):
            return False
        try:
            return not self._misfit(folder, log) and checksum_of(folder / self.file) == self.checksum
        except OSError:
            return False

    def save(self, folder: Path) -> None:
        """
        Let this be what readers open, and remove what was built before.

        :param folder: Folder of the index; the file is in it, and on the disk.
        :raises OSError: If it cannot be written; what was there stays.
        """
        sync_folder(folder)
        replace_file(folder / FILE_NAME, json.dumps(asdict(self), indent=2) + "\n")
        remove_other_files(folder, self.file)

    def _misfit(self, folder: Path, log: VectorLog) -> str | None:
        if (self.log, self.log_checksum) != (log.path.name, log.checksum(self.rows)):
            return f"{self.file} was built from another log"
        if (size := (folder / self.file).stat().st_size) != self.size:
            return f"{self.file} has {size} bytes instead of {self.size}"
        return None


def written(folder: Path, write: Callable[[Path], None]) -> Path:
    """
    Write a new FAISS file, which nobody reads until a `Derived` that names it is saved.

    :param folder: Folder of the index.
    :param write: Writes the file at a path.
    :returns: The file, on the disk.
    :raises OSError: If the disk is full.
    """
    numbers = [int(file.stem.removeprefix("approximate-")) for file in folder.glob("approximate-*.faiss")]
    path = folder / f"approximate-{max(numbers, default=0) + 1}.faiss"
    write(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return path


def checksum_of(path: Path) -> int:
    """
    Sum up a file.

    :param path: The file.
    :returns: CRC-32 of its bytes.
    """
    checksum = 0
    with path.open("rb") as file:
        while part := file.read(1 << 22):
            checksum = crc32(part, checksum)
    return checksum


def remove_other_files(folder: Path, current: str) -> None:
    """
    Remove FAISS files that are not in use, those of a killed writer too. Who has one mapped keeps it.

    :param folder: Folder of the index.
    :param current: Name of the file that stays; empty for none.
    """
    for file in folder.glob("approximate-*.faiss"):
        if file.name != current:
            file.unlink()


def forget(folder: Path) -> None:
    """
    Remove whatever was built.

    :param folder: Folder of the index.
    """
    (folder / FILE_NAME).unlink(missing_ok=True)
    remove_other_files(folder, "")


def _ignored(folder: Path, problem: str) -> None:
    logger.warning(
        "The dense index {folder} is searched exactly, which is slower: {problem}. The next `qa index` makes it again.",
        folder=folder,
        problem=problem,
    )
