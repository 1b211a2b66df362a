"""Indexing in the background."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa_system import EmbeddedDocumentStore, QASystem, load_settings
from qa_system.samples import REVIEWS
from qa_system.ui.job import IndexJob

PLAIN = load_settings(overrides={"indexing": {"vectors": False, "batch_size": 10}})


@contextmanager
def sample() -> Iterator[Path]:
    yield REVIEWS


def started(store: Path) -> IndexJob:
    return IndexJob(sample, store, settings=PLAIN, name="reviews.jsonl", mapping={})


def test_it_indexes_and_tells_how_far_it_is(tmp_path: Path) -> None:
    job = started(tmp_path / "s.qa")
    job.wait()
    assert not job.is_running
    assert job.can_be_asked
    assert job.share == 1.0
    assert job.report.written == 246
    with QASystem.open(tmp_path / "s.qa") as qa:
        assert len(qa.items()) == 15


def test_what_is_stopped_keeps_what_it_wrote_and_can_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = IndexJob._told

    def stops_half_way(job: IndexJob, stage: str, done: int, total: int | None) -> None:
        if total and done > total / 2:
            job.stop()
        told(job, stage, done, total)

    with monkeypatch.context() as patched:
        patched.setattr(IndexJob, "_told", stops_half_way)
        job = started(tmp_path / "s.qa")
        job.wait()
    assert job.error.startswith("Stopped")
    assert not job.can_be_asked
    assert 0 < job.report.written < 246
    rest = started(tmp_path / "s.qa")
    rest.wait()
    assert (rest.error, rest.report.unchanged + rest.report.written) == (None, 246)


def test_a_store_that_is_being_written(tmp_path: Path) -> None:
    with EmbeddedDocumentStore(tmp_path / "s.qa") as store, store.writing():
        job = started(tmp_path / "s.qa")
        job.wait()
    assert "being written by another job" in job.error


def test_what_nobody_thought_of_is_not_shown(tmp_path: Path) -> None:
    @contextmanager
    def fails() -> Iterator[Path]:
        raise ZeroDivisionError("secret")
        yield

    job = IndexJob(fails, tmp_path / "s.qa", settings=PLAIN, name="x", mapping={})
    job.wait()
    assert "secret" not in job.error
