"""Labelled sources land in the labels of the store, each judgement once and on the review as it is stored."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qa_system import IndexReport, QASystem, Rejection, SourceError, index, load_settings, read_questions
from qa_system.indexing.passages import stored_question
from qa_system.indexing.shard import Shard
from qa_system.records import Question
from qa_system.samples import QUESTIONS, REVIEWS

Write = Callable[..., Path]
PLAIN = load_settings(overrides={"indexing": {"vectors": False, "passage_chars": 100, "passage_overlap": 20}})
REVIEW = "<p>The bass &amp; the treble are <b>deep</b>.</p> It broke after a week."


def asked(identifier: str, *answers: str, context: str = REVIEW, **more: Any) -> dict[str, Any]:
    marked = [{"text": answer, "start": context.index(answer)} for answer in answers]
    question = {"id": identifier, "question": f"How is {identifier}?", "item_id": "I1"}
    return {**question, "context": context, "answers": marked, **more}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: dict[str, Any] | str) -> Path:
        path = tmp_path / "questions.jsonl"
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
        return path

    return write_rows


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "s.qa"


def run(path: Path, store: Path, **options: Any) -> IndexReport:
    return index(path, store, settings=PLAIN, **options)


def kept(store: Path, **which: str) -> list[tuple[Any, ...]]:
    with QASystem.open(store) as qa:
        return [(label.question, label.verdict, label.text, label.start) for label in qa.labels(**which)]


def test_labels_mark_the_stored_review_and_know_where_they_are_from(write: Write, store: Path) -> None:
    source = write(asked("it", "deep", "bass &amp; the"), asked("that", split="test"))
    assert run(source, store).labels == 3
    with QASystem.open(store) as qa:
        labels, (review,) = list(qa.labels()), qa.reviews("I1")
    assert [label.verdict for label in labels] == ["marked", "marked", "absent"]
    assert [label.text for label in labels] == ["deep", "bass & the", ""]
    assert all((review.content or "")[label.start : label.end] == label.text for label in labels[:2])
    assert {label.origin for label in labels} == {str(source)}
    assert [label.split for label in labels] == [None, None, "test"]


def test_a_second_run_writes_nothing_and_what_people_judged_stays(write: Write, store: Path) -> None:
    source = write(asked("it", "deep"), asked("that"))
    run(source, store)
    with QASystem.open(store) as qa:
        (review,) = qa.reviews("I1")
        qa.add_label(question="Why?", item_id="I1", review_id=review.id, verdict="absent")
        before = list(qa.labels())
    assert run(source, store, prune=True).labels == 0
    with QASystem.open(store) as qa:
        assert list(qa.labels()) == before


def test_annotators_who_agree_are_all_kept(write: Write, store: Path) -> None:
    assert run(write(asked("it", "deep", "deep", "a week")), store).labels == 3
    assert Counter(text for _, _, text, _ in kept(store)) == {"deep": 2, "a week": 1}


def test_changed_labels_are_added_and_pruning_forgets_the_old_ones(write: Write, store: Path) -> None:
    run(write(asked("it", "deep"), asked("that", "a week")), store)
    changed = write(asked("it", "bass"))
    assert run(changed, store).labels == 1
    assert {text for _, _, text, _ in kept(store)} == {"deep", "a week", "bass"}
    assert run(changed, store, prune=True).labels == 0
    assert {text for _, _, text, _ in kept(store)} == {"bass"}


def test_nothing_is_forgotten_where_a_row_was_rejected(write: Write, store: Path) -> None:
    run(write(asked("it", "deep"), asked("that", "a week")), store)
    told: list[Rejection] = []
    run(write(asked("it", "deep"), "no json"), store, prune=True, on_reject=told.append)
    assert {text for _, _, text, _ in kept(store)} == {"deep", "a week"}
    assert len(told) == 1  # though the row was read for its review and for its labels


def test_labels_of_another_source_are_not_pruned(write: Write, store: Path) -> None:
    run(write(asked("it", "deep")), store, source="first")
    run(write(asked("that", "a week")), store, source="second", prune=True)
    assert {text for _, _, text, _ in kept(store)} == {"deep", "a week"}
    assert [text for _, _, text, _ in kept(store, origin="first")] == ["deep"]


def test_machines_that_share_a_source_share_its_labels(write: Write, store: Path) -> None:
    rows = [asked(str(number), "deep", context=f"{REVIEW} {number}") for number in range(12)]
    source, told = write(*rows), list[Rejection]()
    reports = [run(source, store, shard=Shard(number, 2), prune=True, on_reject=told.append) for number in (1, 2)]
    assert [report.labels for report in reports] == [report.written for report in reports]
    assert (len(kept(store)), told) == (12, [])


def test_a_label_of_nothing_but_markup_is_told(write: Write, store: Path) -> None:
    told: list[Rejection] = []
    assert run(write(asked("it", "<b>", "deep")), store, on_reject=told.append).labels == 1
    assert "'How is it?'" in told[0].reason
    with pytest.raises(SourceError, match="Leave out --strict"):
        run(write(asked("it", "<b>")), store, strict=True)


def test_questions_may_come_in_a_file_of_their_own(store: Path) -> None:
    assert run(REVIEWS, store, questions=QUESTIONS).labels == 452
    read = [label for question in read_questions(QUESTIONS) for label in question.labels]
    assert Counter(text for _, _, text, _ in kept(store)) == Counter(label.text for label in read)


def test_labels_on_reviews_that_are_not_stored_are_told(tmp_path: Path, store: Path) -> None:
    label = {"review_id": "HP-100-99", "text": "ok", "start": 0, "end": 2}
    questions = tmp_path / "q.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": "Ok?", "item_id": "HP-100", "labels": [label]}))
    told: list[Rejection] = []
    assert run(REVIEWS, store, questions=questions, on_reject=told.append).labels == 0
    assert [(one.path, "'HP-100-99', which is not there" in one.reason) for one in told] == [(questions, True)]


def test_a_source_without_labels_leaves_no_folder_for_them(store: Path) -> None:
    assert run(REVIEWS, store).labels == 0
    assert not (store / "labels").exists()


def test_judgements_of_whole_reviews_are_no_labels(tmp_path: Path, store: Path) -> None:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "1", "text": "The bass is deep."}))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "bass?"}))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    report = run(folder, store)
    assert (report.written, report.labels) == (1, 0)


WORDS = st.lists(
    st.sampled_from(["bass", "<b>deep</b>", "<br>", "&amp;", "&eacute;", "e\u0301", "🎧", "\u200b", "\r\n", "ok."]),
    min_size=1,
    max_size=40,
).map(" ".join)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    context = draw(WORDS)
    offsets = st.integers(0, len(context) - 1)
    starts = draw(st.lists(st.tuples(offsets, offsets).map(sorted), max_size=3))
    answers = [{"text": context[first : last + 1], "start": first} for first, last in starts]
    text, item = draw(st.sampled_from(["How?", "Why?"])), draw(st.sampled_from(["I1", "I2"]))
    return {"question": text, "item_id": item, "context": context, "answers": answers}


@hypothesis_settings(max_examples=20)
@given(st.lists(questions(), min_size=1, max_size=6))
def test_what_is_read_from_the_store_is_what_was_read_from_the_source(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, store = Path(folder) / "q.jsonl", Path(folder) / "s.qa"
        numbered = [{"id": str(number), **row} for number, row in enumerate(rows)]
        source.write_text("".join(json.dumps(row) + "\n" for row in numbered), "utf-8")
        run(source, store, on_reject=lambda rejection: None)
        expected = judgements(map(stored_question, read_questions(source)))
        assert judgements(read_questions(store)) == expected


def judgements(questions: Any) -> Counter[tuple[Any, ...]]:
    """What was judged, without reviews and spans of nothing but markup, of which nothing is stored."""
    return Counter(
        (question.text, question.item_id, question.context, label.review_id, label.start, label.end, label.text)
        for question in questions
        for label in question.labels
        if question.context and (label.text or not label.has_answer)
    )


@pytest.mark.slow
def test_subjqa_is_the_same_from_its_files_and_from_a_store(shared: Path, store: Path) -> None:
    source = shared / "data/subjqa/electronics"
    assert run(source, store).labels == 3324
    from_files, from_store = list(map(stored_question, read_questions(source))), list(read_questions(store))
    assert len(from_store) == len(from_files) == 1908
    assert splits(from_store) == splits(from_files)
    assert judgements(from_store) == judgements(from_files)


def splits(questions: list[Question]) -> Counter[str]:
    return Counter(question.meta["split"] for question in questions)
