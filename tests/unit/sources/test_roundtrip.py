"""Whatever reviews are written, the same are read, through every plain format."""

import csv
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.sources import read_reviews

prose = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip)
names = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12)
reviews = st.lists(
    st.fixed_dictionaries(
        {
            "item_id": names,
            "review_id": names,
            "text": prose,
            "rating": st.floats(0, 5),
            "date": st.dates().map(str),
            "brand": prose,
        }
    ),
    min_size=1,
    max_size=8,
)
Rows = list[dict[str, Any]]


def write_jsonl(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=bool(index % 2)) + "\n" for index, row in enumerate(rows)))


def write_gzip(path: Path, rows: Rows) -> None:
    write_jsonl(path, rows)
    path.write_bytes(gzip.compress(path.read_bytes()))


def csv_writer(delimiter: str, encoding: str) -> Callable[[Path, Rows], None]:
    def write(path: Path, rows: Rows) -> None:
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)

    return write


def write_parquet(path: Path, rows: Rows) -> None:
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(pa.Table.from_pylist(rows), path)


WRITERS = {
    "jsonl": write_jsonl,
    "jsonl.gz": write_gzip,
    "csv": csv_writer(",", "utf-8"),
    "csv with byte order mark": csv_writer(";", "utf-8-sig"),
    "tsv": csv_writer("\t", "utf-8"),
    "parquet": write_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=60)
@given(rows=reviews)
def test_what_is_written_is_read(name: str, rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reviews"
        WRITERS[name](path, rows)
        read = list(read_reviews(path, strict=True))
    assert [{**review.meta, "text": review.content} for review in read] == rows
