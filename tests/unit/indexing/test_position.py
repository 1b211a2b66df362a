"""A job knows how far it has come where that can be known cheaply."""

import gzip
import os
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
