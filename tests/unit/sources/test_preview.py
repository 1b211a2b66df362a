"""A first look at a source."""

import json
from pathlib import Path

import pytest

from qa_system.errors import SourceError
from qa_system.sources.preview import preview


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_shows_its_columns_and_a_guess(tmp_path: Path) -> None:
    seen = preview(write(tmp_path / "r.csv", "asin;Review Text;stars\nA1;fine;4\nA2;bad;1\n"))
    assert seen.format == "csv"
    assert seen.columns == ("asin", "Review Text", "stars")
    assert seen.mapping == {"item_id": "asin", "text": "Review Text", "rating": "stars"}
    assert [row["stars"] for row in seen.rows] == ["4", "1"]
    assert seen.missing(seen.mapping) == []


def test_the_columns_of_jsonl_are_those_of_its_rows_together(tmp_path: Path) -> None:
    rows = [{"a": 1}, {"b": 2, "a": 3}]
    text = "".join(json.dumps(row) + "\n" for row in rows) + "{broken\n"
    seen = preview(write(tmp_path / "r.jsonl", text))
    assert seen.columns == ("a", "b")
    assert list(seen.rows) == rows
    assert seen.missing({"text": "a"}) == ["item_id"]


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist([{"text": "x", "item": "i"}]), tmp_path / "r.parquet")
    seen = preview(tmp_path / "r.parquet")
    assert (seen.format, seen.columns) == ("parquet", ("text", "item"))
    assert seen.mapping == {"text": "text", "item_id": "item"}


def test_a_table_without_rows(tmp_path: Path) -> None:
    seen = preview(write(tmp_path / "r.csv", "text,item_id\n"))
    assert (seen.columns, seen.rows) == (("text", "item_id"), ())


def test_where_the_format_fixes_the_columns_there_is_nothing_to_map(tmp_path: Path) -> None:
    row = {"asin": "A1", "reviewerID": "u", "reviewText": "fine"}
    seen = preview(write(tmp_path / "r.json", json.dumps(row) + "\n"))
    assert (seen.format, seen.columns) == ("amazon", ())
    assert seen.missing({}) == []


@pytest.mark.parametrize("text", ["", "no table at all"])
def test_no_source(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        preview(write(tmp_path / "x", text))
