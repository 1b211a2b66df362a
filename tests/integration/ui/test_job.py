"""Indexing in the background."""

import json
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
    assert 0 < job.report.written < 246
    assert job.can_be_asked
    rest = started(tmp_path / "s.qa")
    rest.wait()
    assert (rest.error, rest.report.unchanged + rest.report.written) == (None, 246)


def test_reviews_can_be_asked_though_their_vectors_fail(tmp_path: Path) -> None:
    settings = load_settings(overrides={"dense": {"query_encoder": str(tmp_path / "no encoder")}})
    job = IndexJob(sample, tmp_path / "s.qa", settings=settings, name="reviews.jsonl", mapping={})
    job.wait()
    assert "no encoder" in job.error
    assert job.can_be_asked
    with QASystem.open(tmp_path / "s.qa") as qa:
        assert len(qa.items()) == 15


def test_what_is_stopped_once_the_reviews_are_stored_can_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = IndexJob._told

    def stops_at_labels(job: IndexJob, stage: str, done: int, total: int | None) -> None:
        if stage == "labels":
            job.stop()
        told(job, stage, done, total)

    @contextmanager
    def labelled() -> Iterator[Path]:
        row = {"id": "1", "question": "How is it?", "item_id": "I1", "context": "The bass is deep.", "answers": []}
        (tmp_path / "questions.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        yield tmp_path / "questions.jsonl"

    monkeypatch.setattr(IndexJob, "_told", stops_at_labels)
    job = IndexJob(labelled, tmp_path / "s.qa", settings=PLAIN, name="questions.jsonl", mapping={})
    job.wait()
    assert (job.stage, job.error[:7], job.can_be_asked) == ("labels", "Stopped", True)


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
