"""How far a job has come through its source, for a progress bar with time left."""

from pathlib import Path

from qa_system.sources.files import source_files
from qa_system.sources.rows import Located

_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_PARQUET_MAGIC = b"PAR1"


class Position:
    """
    Counts the lines of a source, and those that lie before a review.

    :param path: File or folder of reviews.
    :raises SourceError: If there is nothing.
    """

    def __init__(self, path: str | Path) -> None:
        self._before: dict[Path, int] = {}
        self.total: int | None = 0
        """Lines of all files; None where counting them would mean reading a pipe or unpacking gzip."""
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
    with file.open("rb") as stream:
        start = stream.peek(4)
        if start.startswith(_GZIP_MAGIC):
            return None
        if start.startswith(_PARQUET_MAGIC):
            return _count_rows(file)
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b""))


def _count_rows(file: Path) -> int | None:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        return None
    return ParquetFile(file).metadata.num_rows
