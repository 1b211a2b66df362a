import sys
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.errors import SourceError
from qa_system.sources import detect_format, iter_reviews, read_reviews

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write_table(path: Path, **columns) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("parquet") / "r.parquet"
    return write_table(path, item_id=["a"] * 50, text=[f"b{number}" for number in range(50)]).read_bytes()


def test_types_become_fields(tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "reviews",  # told from its content
        item_id=[7],
        text=["Fine"],
        stars=pa.array([4], pa.int8()),
        date=[datetime(2020, 2, 3)],
        tags=[["a"]],
        brand=pa.array([None], pa.string()),
    )
    assert detect_format(path) == "parquet"
    (review,) = read_reviews(path)
    assert review.meta == {"item_id": "7", "review_id": review.id, "rating": 4.0, "date": "2020-02-03T00:00:00"}


def test_broken_rows_are_rejected_by_number_and_the_rest_goes_on(tmp_path: Path, rejected) -> None:
    bad = pa.array([b"good", b"caf\xe9", b"", b"good"], pa.binary()).view(pa.string())
    path = write_table(tmp_path / "r.parquet", item_id=["a", "b", "c", "d"], text=bad)
    reviews = list(iter_reviews(path, on_reject=rejected.append))
    assert [(review.document.meta["item_id"], review.line) for review in reviews] == [("a", 1), ("d", 4)]
    assert [rejection.line for rejection in rejected] == [2, 3]
    assert "utf-8" in rejected[0].reason


def test_a_missing_column_lists_those_found_even_without_rows(tmp_path: Path) -> None:
    path = write_table(tmp_path / "r.parquet", sku=pa.array([], pa.string()), text=pa.array([], pa.string()))
    with pytest.raises(SourceError, match=r"item_id. Columns found: sku, text. Say which: --map item_id=COLUMN"):
        list(read_reviews(path))


def test_text_of_another_type_is_rejected(tmp_path: Path, rejected) -> None:
    path = write_table(tmp_path / "r.parquet", item_id=["a"], text=[5])
    assert list(read_reviews(path, on_reject=rejected.append)) == []
    assert rejected[0].reason == "text is of type int, not a string"


def test_a_truncated_file_is_a_source_error(tmp_path: Path) -> None:
    path = write_table(tmp_path / "r.parquet", item_id=["a"], text=["b"])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="no readable Parquet file"):
        list(read_reviews(path))


def test_without_pyarrow_the_error_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    path = write_table(tmp_path / "r.parquet", item_id=["a"], text=["b"])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SourceError, match=r"pip install 'qa-system\[parquet\]'"):
        list(read_reviews(path))


def test_a_repeated_column_is_named(tmp_path: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array(["i"]), pa.array(["first"]), pa.array(["second"])], ["item_id", "text", "text"]
    )
    pq.write_table(table, tmp_path / "r.parquet")
    with pytest.raises(SourceError, match="more than one column named text"):
        list(read_reviews(tmp_path / "r.parquet"))


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 and nothing that follows PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_garbage_that_begins_like_parquet_is_a_source_error(write, content: bytes) -> None:
    with pytest.raises(SourceError, match=r"garbage\.parquet is no readable Parquet file"):
        list(read_reviews(write("garbage.parquet", content)))


@settings(max_examples=300)
@given(place=st.floats(0, 1), byte=st.integers(0, 255))
def test_whatever_byte_is_damaged_no_error_of_pyarrow_escapes(whole: bytes, place: float, byte: int) -> None:
    position = round(place * (len(whole) - 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.parquet"
        path.write_bytes(whole[:position] + bytes([byte]) + whole[position + 1 :])
        with suppress(SourceError):
            list(read_reviews(path, on_reject=lambda rejection: None))
