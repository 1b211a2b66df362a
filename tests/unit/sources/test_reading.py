import json
import logging
import os
import threading
import tracemalloc
from itertools import count, islice
from pathlib import Path

import pytest

from qa_system.errors import SourceError
from qa_system.sources import iter_reviews, read_questions, read_reviews

GOOD = {"item_id": "B01", "text": "Works well"}


def test_strict_stops_at_the_first_broken_row(write_jsonl) -> None:
    path = write_jsonl("reviews.jsonl", GOOD, GOOD, "{broken", GOOD)
    reviews = read_reviews(path, strict=True)
    assert len(list(islice(reviews, 2))) == 2
    with pytest.raises(SourceError, match=f"{path}:3: not JSON"):
        next(reviews)


def test_broken_rows_are_logged_when_nobody_asks_for_them(write_jsonl, caplog: pytest.LogCaptureFixture) -> None:
    path = write_jsonl("reviews.jsonl", GOOD, "{broken")
    with caplog.at_level(logging.WARNING):
        assert len(list(read_reviews(path))) == 1
    assert f"{path}:2: not JSON" in caplog.text


def test_a_folder_of_one_format_is_read_in_order(write_jsonl, tmp_path: Path) -> None:
    for name in ("part-2.jsonl", "part-1.jsonl"):
        write_jsonl(name, GOOD | {"review_id": name})
    located = list(iter_reviews(tmp_path))
    assert [(review.document.id, review.path.name, review.line) for review in located] == [
        ("part-1.jsonl", "part-1.jsonl", 1),
        ("part-2.jsonl", "part-2.jsonl", 1),
    ]


def test_a_repeated_review_of_a_plain_table_is_left_to_the_caller(write_jsonl) -> None:
    path = write_jsonl("reviews.jsonl", GOOD, GOOD)
    assert [review.line for review in iter_reviews(path)] == [1, 2]


def test_reviews_without_questions(write_jsonl) -> None:
    path = write_jsonl("reviews.jsonl", GOOD)
    with pytest.raises(SourceError, match=r"no labelled questions. Formats that do: subjqa, squad, beir, qa_jsonl"):
        read_questions(path)


def test_a_missing_source_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no file"):
        read_reviews(tmp_path / "reviews.jsonl")


@pytest.fixture
def endless_pipe(tmp_path: Path):
    """A pipe whose writer stops only when the reader goes."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def feed() -> None:
        try:
            with path.open("w") as pipe:
                for number in count():
                    pipe.write(json.dumps(GOOD | {"review_id": str(number)}) + "\n")
        except BrokenPipeError:
            return

    writer = threading.Thread(target=feed, daemon=True)
    writer.start()
    yield path
    writer.join(timeout=10)
    assert not writer.is_alive()


def test_an_endless_source_is_read_as_it_comes(endless_pipe: Path) -> None:
    reviews = read_reviews(endless_pipe, format="jsonl")
    assert [review.id for review in islice(reviews, 3)] == ["0", "1", "2"]
    del reviews  # closes the pipe


def test_a_pipe_of_unknown_format_asks_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="is a pipe and can be read only once"):
        read_reviews(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["reviews.jsonl", "reviews.csv", "reviews.jsonl.gz"])
def test_memory_does_not_grow_with_the_file(write, name: str) -> None:
    text = "All is well with it. " * 50
    if name.endswith(".csv"):
        path = write(name, "item_id,text\n" + f"B01,{text}\n" * 8000)
    else:
        path = write(name, (json.dumps(GOOD | {"text": text}) + "\n") * 8000)
    reviews = read_reviews(path)
    next(reviews)
    tracemalloc.start()
    try:
        assert sum(1 for _ in reviews) == 7999
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 2**20  # the file has 8 MiB
