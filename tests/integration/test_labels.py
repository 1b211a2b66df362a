"""Feedback on a real store: kept, found again, never lost, whoever else writes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from haystack import Document

from qa_system import EmbeddedDocumentStore, QASystem, QueryError, StoredLabel, StoreLockedError, load_settings
from qa_system.stores import labels as label_side

QUESTION = "Is the bass any good?"
SHORT = "The bass is deep and the cable is long."
LONG = "It came in a box. " * 80 + "The bass is deep. " + "I like the box. " * 40
ADDER = """
import sys
from qa_system import QASystem

with QASystem.open(sys.argv[1]) as qa:
    for number in range(int(sys.argv[3])):
        label = qa.add_label(question=f"{sys.argv[2]} {number}?", item_id="I1", review_id="R1", verdict="absent")
        print(label.id, flush=True)
"""


def passages(item_id: str, review_id: str, text: str, length: int = 1000) -> list[Document]:
    """A review as the indexing job stores it."""
    return [
        Document(
            content=text[start : start + length],
            meta={
                "item_id": item_id,
                "review_id": review_id,
                "split_id": number,
                "split_idx_start": start,
                "fingerprint": "f",
                "source": "s",
            },
        )
        for number, start in enumerate(range(0, len(text), length - 100))
    ]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    reviews = [("I1", "R1", SHORT), ("I1", "R2", LONG), ("I2", "R2", "Another item's."), ("I2", "R3", "Only here.")]
    with EmbeddedDocumentStore(tmp_path / "reviews.qa") as documents:
        documents.write_documents([passage for review in reviews for passage in passages(*review)])
    return tmp_path / "reviews.qa"


@pytest.fixture
def qa(store: Path) -> Iterator[QASystem]:
    with QASystem.open(store, settings=load_settings()) as system:
        yield system


def judge(qa: QASystem, **told: Any) -> StoredLabel:
    return qa.add_label(**{"question": QUESTION, "item_id": "I1", "review_id": "R1", "verdict": "absent", **told})


def change(qa: QASystem, text: str) -> None:
    """Give the review R1 other words."""
    qa.store.delete_by_filter({"field": "meta.review_id", "operator": "==", "value": "R1"})
    qa.store.write_documents(passages("I1", "R1", text))


def test_nothing_was_judged_in_a_new_store_and_reading_makes_nothing(qa: QASystem, store: Path) -> None:
    assert list(qa.labels()) == []
    assert [entry.name for entry in store.iterdir() if entry.is_dir()] == ["documents"]


@pytest.mark.parametrize("verdict", ["right", "wrong", "marked"])
def test_a_span_is_kept_with_its_words_and_its_time(qa: QASystem, store: Path, verdict: str) -> None:
    kept = judge(qa, verdict=verdict, start=4, end=8, origin="ann")
    assert (kept.question, kept.item_id, kept.review_id, kept.verdict) == (QUESTION, "I1", "R1", verdict)
    assert (kept.text, kept.start, kept.end, kept.origin) == ("bass", 4, 8, "ann")
    moment = datetime.fromisoformat(kept.time)
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=10)
    with QASystem.open(store) as another:
        assert list(another.labels()) == [kept]


def test_absence_is_kept_without_words(qa: QASystem) -> None:
    judge(qa, item_id=None)
    (label,) = qa.labels()
    assert (label.item_id, label.text, label.start, label.end) == ("I1", "", None, None)


def test_offsets_count_in_the_whole_review(qa: QASystem) -> None:
    start = LONG.index("The bass")
    assert start > 1000
    assert judge(qa, review_id="R2", verdict="marked", start=start, end=start + 16).text == "The bass is deep"


def test_who_judges_the_same_again_changes_the_judgement(qa: QASystem) -> None:
    judge(qa, verdict="right", start=4, end=8)
    judge(qa, verdict="right", start=4, end=8, origin="ben")
    judge(qa, verdict="marked", start=4, end=16)
    judge(qa, verdict="wrong", start=4, end=8)
    kept = {(label.origin, label.verdict, label.text) for label in qa.labels()}
    assert kept == {("person", "wrong", "bass"), ("ben", "right", "bass"), ("person", "marked", "bass is deep")}


@pytest.mark.parametrize(
    ("verdict", "span"), [("right", (4, 8)), ("marked", (12, 16)), ("wrong", (4, 8)), ("absent", (None, None))]
)
def test_what_changed_since_it_was_shown_is_not_judged(
    qa: QASystem, verdict: str, span: tuple[int | None, int | None]
) -> None:
    told = {"verdict": verdict, "start": span[0], "end": span[1], "text": SHORT[slice(*span)]}
    kept = judge(qa, **told)
    change(qa, "The lows are flat.")
    with pytest.raises(QueryError, match="'R1' has changed since it was shown; ask again"):
        judge(qa, **told, question="And now?")
    assert list(qa.labels()) == [kept]


def test_words_are_told_to_have_gone_rather_than_offsets_to_be_wrong(qa: QASystem) -> None:
    change(qa, "Short.")
    with pytest.raises(QueryError, match="ask again"):
        judge(qa, verdict="right", start=12, end=16, text="deep")


@pytest.mark.parametrize("verdict", ["right", "marked"])
def test_that_nothing_answers_takes_back_that_words_do_and_the_reverse(qa: QASystem, verdict: str) -> None:
    span = {"verdict": verdict, "start": 4, "end": 8}
    others = [
        judge(qa, **span, question="Is it loud?"),
        judge(qa, **span, origin="ben"),
        judge(qa, **span, annotation="another visitor"),
        judge(qa, **span, item_id="I2", review_id="R3"),
    ]
    judge(qa, **span)
    judge(qa, verdict="marked", start=12, end=16)
    wrong = judge(qa, verdict="wrong", start=0, end=3)
    absent = judge(qa)
    assert list(qa.labels()) == [*others, wrong, absent]
    again = judge(qa, **span)
    assert list(qa.labels()) == [*others, wrong, again]


def test_judges_of_one_origin_do_not_overwrite_each_other(qa: QASystem) -> None:
    span = {"start": 4, "end": 8}
    judge(qa, verdict="right", **span, annotation="one")
    judge(qa, verdict="wrong", **span, annotation="other")
    judge(qa, verdict="wrong", **span, annotation="one")
    assert [(label.verdict, label.origin) for label in qa.labels()] == [("wrong", "person")] * 2


def test_labels_are_found_by_item_and_origin(qa: QASystem) -> None:
    judge(qa), judge(qa, item_id="I2", review_id="R3"), judge(qa, origin="ann")
    assert [(label.item_id, label.origin) for label in qa.labels()] == [
        ("I1", "person"),
        ("I2", "person"),
        ("I1", "ann"),
    ]
    assert [label.item_id for label in qa.labels(origin="person")] == ["I1", "I2"]
    assert [label.origin for label in qa.labels(item_id="I1")] == ["person", "ann"]
    assert list(qa.labels(item_id="I2", origin="ann")) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"question": "  "}, "question is empty"),
        ({"verdict": "nice"}, "no verdict 'nice'. Valid are: right, wrong, marked, absent"),
        ({"verdict": "absent", "start": 0, "end": 3}, "about the whole review: leave out the offsets"),
        ({"verdict": "right"}, "offsets None to None mark none"),
        ({"verdict": "wrong", "start": 4}, "offsets 4 to None mark none"),
        ({"verdict": "marked", "start": 8, "end": 4}, "offsets 8 to 4 mark none"),
        ({"verdict": "marked", "start": -1, "end": 4}, "mark none"),
        ({"verdict": "marked", "start": 4, "end": 400}, "the review 'R1' has 39 characters"),
        ({"review_id": "R9"}, "no review 'R9' of item 'I1'"),
        ({"item_id": "I9"}, "no review 'R1' of item 'I9'"),
        ({"item_id": None, "review_id": "R9"}, "no review 'R9'."),
        ({"item_id": None, "review_id": "R2"}, "reviews of several items: I1, I2. Say which item"),
    ],
)
def test_what_says_nothing_is_refused(qa: QASystem, told: dict[str, Any], said: str) -> None:
    with pytest.raises(QueryError) as refused:
        judge(qa, **told)
    assert said in str(refused.value)
    assert list(qa.labels()) == []


@pytest.mark.parametrize("question", ["低音好不好", "👍?", '"); DROP', "<b>ok</b>", "half \ud800 a pair"])
def test_any_characters_may_be_judged(qa: QASystem, question: str) -> None:
    kept = judge(qa, question=question, origin="Zoë 🎧")
    assert list(qa.labels(origin="Zoë 🎧")) == [kept]


def test_labels_of_changed_reviews_are_told_apart_and_forgotten(qa: QASystem) -> None:
    kept, moved = judge(qa, verdict="right", start=4, end=8), judge(qa, verdict="marked", start=12, end=16)
    gone = judge(qa, item_id="I2", review_id="R3")
    absent = judge(qa, question="Is it waterproof?")
    qa.store.delete_by_filter({"field": "meta.review_id", "operator": "==", "value": "R3"})
    assert list(qa.labels(stale=True)) == [gone]
    change(qa, SHORT.replace("deep", "shallow"))
    assert list(qa.labels(stale=True)) == [moved, gone, absent]
    qa.remove_labels(label.id for label in qa.labels(stale=True))
    assert list(qa.labels()) == [kept]


def test_feedback_is_taken_while_reviews_are_written(qa: QASystem, store: Path) -> None:
    with EmbeddedDocumentStore(store) as job, job.writing():
        job.write_documents(passages("I3", "R4", "New."))
        kept = judge(qa)
    assert list(qa.labels()) == [kept]


def test_who_waits_in_vain_is_told(qa: QASystem, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_side, "_PATIENCE", 0.1)
    with EmbeddedDocumentStore(store / "labels") as other, other.writing(), pytest.raises(StoreLockedError):
        judge(qa)


def test_threads_judge_at_the_same_time(qa: QASystem) -> None:
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda number: judge(qa, question=f"{number}?").id, range(16)))
    assert {label.id for label in qa.labels()} == set(kept)
    assert len(set(kept)) == 16


@contextmanager
def adding(store: Path, name: str, count: int) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-c", ADDER, str(store), name, str(count)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_two_processes_judge_at_the_same_time(qa: QASystem, store: Path) -> None:
    with adding(store, "first", 5) as first, adding(store, "second", 5) as second:
        told = [process.stdout.read().split() for process in (first, second)]  # type: ignore[union-attr]
    assert [len(ids) for ids in told] == [5, 5]
    assert {label.id for label in qa.labels()} == {*told[0], *told[1]}


def test_kill_9_loses_nothing_that_was_acknowledged(qa: QASystem, store: Path) -> None:
    chance, told = random.Random(5), set()
    for attempt in range(2):
        with adding(store, f"try {attempt}", 1000) as process:
            first = process.stdout.readline()  # type: ignore[union-attr]
            time.sleep(chance.random() / 2)
            os.kill(process.pid, signal.SIGKILL)
            told |= set((first + process.stdout.read()).split())  # type: ignore[union-attr]
        kept = [label.id for label in qa.labels()]
        assert told <= set(kept)
        assert len(kept) <= len(told) + attempt + 1  # at most the one that was being written
    assert judge(qa).id in {label.id for label in qa.labels()}
