"""A job knows how far it has come where that can be known cheaply."""

import gzip
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa_system.errors import SourceError
from qa_system.indexing.position import Position
from qa_system.sources import iter_reviews

ROW = b'{"item_id": "I", "text": "Review number %d."}\n'


def test_the_last_review_is_at_the_end(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(b"".join(ROW % number for number in range(7)))
    position = Position(tmp_path)
    done = [position.of(located) for located in iter_reviews(tmp_path)]
    assert done == list(range(1, 15))
    assert position.total == 14


def test_packed_files_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(ROW % 1))
    assert Position(tmp_path).total is None


def test_pipes_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert Position(tmp_path / "pipe").total is None


def test_rows_of_parquet_are_counted(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    parquet.write_table(pyarrow.table({"item_id": ["I"] * 3, "text": ["fine"] * 3}), tmp_path / "a.parquet")
    assert Position(tmp_path / "a.parquet").total == 3


def test_there_must_be_a_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        Position(tmp_path / "nothing")


def test_a_line_is_counted_wherever_it_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\n\nab\n")
    assert Position(tmp_path / "a.csv").total == 3


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 and nothing that follows PAR1"])
def test_a_damaged_parquet_file_is_left_to_the_reader(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    assert Position(tmp_path / "a.parquet").total is None
    with pytest.raises(SourceError, match=r"a\.parquet"):
        next(iter_reviews(tmp_path / "a.parquet"))


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let no file be opened: unlike permissions, this limit holds for root too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_file_that_cannot_be_opened_is_a_source_error() -> None:
    with pytest.raises(SourceError, match="cannot be read"), no_more_files():
        Position(__file__)
