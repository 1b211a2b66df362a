"""How far a job has come through its source, for a progress bar with time left."""

from gzip import GzipFile
from pathlib import Path

from qa_system.sources.files import open_bytes, source_files
from qa_system.sources.parquet import PARQUET_MAGIC, PYARROW_ERRORS
from qa_system.sources.rows import Located

_CHUNK = 1 << 20


class Position:
    """
    Counts the lines of a source, and those that lie before a review.

    :param path: File or folder of reviews.
    :raises SourceError: If there is nothing, or a file cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self._before: dict[Path, int] = {}
        self.total: int | None = 0
        """Lines of all files; None where they cannot be counted without reading a pipe or unpacking gzip."""
        for file in source_files(path):
            self._before[file] = self.total or 0
            lines = _count_lines(file)
            self.total = None if self.total is None or lines is None else self.total + lines

    def of(self, located: Located) -> int:
        """
        Count the lines before a review.

        :param located: A review of the source.
        :returns: Lines read when the review has been.
        """
        return self._before.get(located.path, 0) + located.line


def _count_lines(file: Path) -> int | None:
    if not file.is_file():
        return None
    with open_bytes(file) as stream:
        if isinstance(stream, GzipFile):
            return None
        start = stream.read(len(PARQUET_MAGIC))
        if start == PARQUET_MAGIC:
            return _count_rows(file)
        return start.count(b"\n") + sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b""))


def _count_rows(file: Path) -> int | None:
    """Count the rows where that is possible; why it is not, the reader of the source tells."""
    try:
        from pyarrow.parquet import read_metadata

        return read_metadata(file).num_rows
    except (ImportError, *PYARROW_ERRORS):
        return None
