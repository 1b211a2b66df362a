"""Run files give back what was written, and say what is wrong with them."""

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.errors import SourceError
from qa_system.eval.journal import encoded, read_run, stored_run
from qa_system.eval.predictions import Answer, Prediction, Ranked, Reading
from qa_system.eval.runs import Header, Run, Session
from qa_system.records import Label, Question

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
OFFSETS = st.none() | st.integers(0, 10**6)
META = st.dictionaries(st.text(), st.text() | st.integers(-(2**60), 2**60) | NUMBERS | st.booleans())
LABELS = st.builds(Label, st.text(), st.text(), OFFSETS, OFFSETS)
QUESTIONS = st.builds(
    Question, st.text(), st.text(), st.none() | st.text(), st.lists(LABELS, max_size=2).map(tuple), st.text(), META
)
ANSWERS = st.builds(
    Answer, st.text(), NUMBERS, st.text(), st.text(), OFFSETS, OFFSETS, st.lists(st.text(), max_size=3).map(tuple)
)
READINGS = st.builds(Reading, st.lists(ANSWERS, max_size=2).map(tuple), NUMBERS, st.booleans())
RANKINGS = st.lists(st.builds(Ranked, st.text(), st.text(), NUMBERS), max_size=2).map(tuple)
PREDICTIONS = st.builds(
    Prediction, QUESTIONS, RANKINGS, READINGS, READINGS, st.dictionaries(st.text(), NUMBERS), st.none() | st.text()
)
SESSIONS = st.builds(Session, st.integers(0, 10**6), NUMBERS, st.integers(0, 2**50))


def header(questions: int, kind: str = "pipeline", **other: object) -> Header:
    data = {"path": "questions.jsonl", "split": None, "sha256": "0"}
    return Header(kind, "bm25", "item", data, questions, {"reader": {"top_k": 3}}, {"python": "3"}, **other)


def write(path: Path, *records: Header | Prediction | Session) -> Path:
    path.write_bytes(b"".join(map(encoded, records)))
    return path


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    predictions = [Prediction(Question(id_, "Loud?"), ranking=(Ranked("a", "1", 2.0),)) for id_ in ("1", "2")]
    return write(tmp_path / "run.jsonl", header(2, "retriever"), *predictions, Session(2, 1.5, 10**8))


def change(path: Path, line: int, old: bytes, new: bytes) -> None:
    lines = path.read_bytes().split(b"\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    path.write_bytes(b"\n".join(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(PREDICTIONS, min_size=1, max_size=3, unique_by=lambda prediction: prediction.question.id),
    st.lists(SESSIONS, max_size=2),
    META,
)
def test_what_is_written_is_read(
    tmp_path: Path, predictions: list[Prediction], sessions: list[Session], data: dict
) -> None:
    first = header(len(predictions), corpus=7, models={"reader": {"name": "é", "bytes": 3}}, created="now")
    path = write(tmp_path / "any.jsonl", first, *predictions, *sessions)
    assert read_run(path) == Run(first, tuple(predictions), tuple(sessions))


@pytest.mark.parametrize(
    "question",
    [Question("1", "half a \ud83d"), Question("1", "x", meta={"n": math.nan}), Question("1", "x", meta={"n": {1}})],
)
def test_what_is_no_json_is_never_written(question: Question) -> None:
    with pytest.raises((TypeError, ValueError)):
        encoded(Prediction(question))


def test_a_last_line_that_was_cut_off_is_not_there(run_file: Path) -> None:
    whole = run_file.read_bytes()
    second = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    run_file.write_bytes(whole[: second + 40])
    assert [prediction.question.id for prediction in stored_run(run_file).predictions] == ["1"]


def test_an_unfinished_run_is_told_with_how_to_finish_it(run_file: Path) -> None:
    lines = run_file.read_bytes().splitlines(keepends=True)
    run_file.write_bytes(b"".join(lines[:2]))
    with pytest.raises(SourceError, match=r"holds 1 of 2 questions: .*goes on"):
        read_run(run_file)
    run_file.write_bytes(lines[0])
    with pytest.raises(SourceError, match="no predictions: the run is empty"):
        read_run(run_file)


def test_of_a_question_asked_again_after_a_failure_the_last_counts_in_its_old_place(tmp_path: Path) -> None:
    first, second = Question("1", "Loud?"), Question("2", "Red?")
    answered = [Prediction(question, ranking=()) for question in (second, first)]
    path = write(tmp_path / "run.jsonl", header(2, "retriever"), Prediction(first, error="no memory"), *answered)
    assert read_run(path).predictions == (answered[1], answered[0])


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (2, b'"score": 2.0', b'"score": NaN', r"jsonl:2: prediction\.ranking\.0\.score: .* finite number, not nan"),
        (2, b'"score": 2.0', b'"score": "high"', r"jsonl:2: .*valid number, not 'high'"),
        (2, b'"text": "Loud?", ', b"", r"jsonl:2: prediction\.question\.text: Field required"),
        (3, b'{"prediction"', b'{"prediction', r"jsonl:3: Invalid JSON"),
        (3, b'{"prediction"', b'{"scorecard"', r"jsonl:3: neither header nor prediction nor session"),
        (3, b'"id": "2"', b'"id": "1"', r"jsonl:3: the question '1' was answered before"),
        (3, b'"ranking": [{', b'"isolated": null, "rank": [{', r"jsonl:3: no ranking, which .* a retriever has"),
        (4, b'"seconds": 1.5', b'"seconds": null', r"jsonl:4: session\.seconds"),
        (1, b'"kind": "retriever"', b'"kind": "oracle"', r"jsonl:1: header\.kind: .*'retriever'.*not 'oracle'"),
    ],
)
def test_damage_is_told_with_its_line(run_file: Path, line: int, old: bytes, new: bytes, message: str) -> None:
    change(run_file, line, old, new)
    with pytest.raises(SourceError, match=message):
        read_run(run_file)


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b'{"session": {"asked": 1, "seconds": 1, "peak_memory": 1}}\n'])
def test_another_file_is_no_run(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="is no run of `qa eval`"):
        read_run(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"a,b\n1,2\n", b'{"text": "Good."}\n', b"null\n"])
def test_other_lines_are_no_run(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"reviews.jsonl:1: .*no run of `qa eval`"):
        read_run(path)


def test_a_missing_file_and_two_runs_in_one_are_told(run_file: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_run(run_file.with_name("none.jsonl"))
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        read_run(run_file.parent)
    run_file.write_bytes(run_file.read_bytes() * 2)
    with pytest.raises(SourceError, match=r"jsonl:5: a second header"):
        read_run(run_file)
