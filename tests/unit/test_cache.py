import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_system.cache import Cache


def test_keeps_a_value_for_its_state(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new.qa")
    assert cache.load("summary", "HP-100", state="a") is None
    cache.save("summary", "HP-100", {"pros": ["bass"]}, state="a")
    assert cache.load("summary", "HP-100", state="a") == {"pros": ["bass"]}
    assert cache.load("summary", "HP-100", state="b") is None
    assert cache.load("consensus", "HP-100", state="a") is None


def test_a_later_value_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.save("summary", "HP-100", 1, state="a")
    cache.save("summary", "HP-100", 2, state="b")
    assert cache.load("summary", "HP-100", state="a") is None
    assert cache.subjects("summary") == {"HP-100": "b"}


def test_computes_once(tmp_path: Path) -> None:
    calls = []

    def compute() -> tuple[int, ...]:
        calls.append(1)
        return (1, 2)

    for _ in range(2):
        assert Cache(tmp_path).computed("summary", "HP-100", state="a", compute=compute) == [1, 2]
    assert len(calls) == 1


def test_the_oldest_make_room(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most=2)
    for subject in ("a", "b", "c"):
        cache.save("consensus", subject, subject, state="")
    cache.save("summary", "d", 1, state="")
    assert set(cache.subjects("consensus")) == {"b", "c"}
    assert set(cache.subjects("summary")) == {"d"}


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.path.parent.mkdir()
    cache.path.write_bytes(b"no database, but long enough to look at" * 100)
    assert cache.load("summary", "HP-100", state="a") is None
    cache.save("summary", "HP-100", 1, state="a")
    cache.save("summary", "HP-100", 1, state="a")
    assert cache.load("summary", "HP-100", state="a") == 1


def test_what_cannot_be_written_is_computed_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file")
    assert cache.computed("summary", "HP-100", state="a", compute=lambda: 1) == 1
    assert cache.subjects("summary") == {}


def test_threads_write_at_the_same_time(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: cache.save("summary", str(number), number, state="a"), range(40)))
    assert [cache.load("summary", str(number), state="a") for number in range(40)] == list(range(40))
    with sqlite3.connect(cache.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_text_comes_back_as_it_was(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.save("summary", "HP-100", "süß 🎧 »", state="a")
    assert cache.load("summary", "HP-100", state="a") == "süß 🎧 »"
    with pytest.raises(TypeError):
        cache.save("summary", "HP-100", {1, 2}, state="a")


def test_a_store_has_no_file_more(tmp_path: Path) -> None:
    """A store is read as a source of labels, file by file."""
    Cache(tmp_path).save("summary", "HP-100", 1, state="a")
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
