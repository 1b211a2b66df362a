"""Every question is asked once, whatever ends the process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.errors import ModelError, QAError, SettingsError, SourceError
from qa_system.eval.journal import stored_run
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.eval.recording import record
from qa_system.eval.runs import Header
from qa_system.records import Question

QUESTIONS = [Question(str(number), f"Is it {number}? 🎧") for number in range(6)]
HEADER = Header(
    kind="retriever",
    system="bm25",
    scope="item",
    data={"path": "questions.jsonl", "sha256": "0"},
    questions=len(QUESTIONS),
    settings={"retrieval": {"depth": 10}},
    versions={"qa-system": "0.1.0"},
    created="2025-01-01",
)
KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_recording import HEADER, QUESTIONS, answered
from qa_system.eval.recording import record

def ask(question):
    print(question.id, flush=True)
    time.sleep(0 if int(question.id) < 3 else 60)
    return answered(question)

record(sys.argv[2], HEADER, QUESTIONS, ask)
"""


def answered(question: Question) -> Prediction:
    return Prediction(question, ranking=(Ranked("a", question.id, 1.0),), timings={"retrieval": 0.1})


class Asker:
    """Remembers what it was asked, and fails where it is told to."""

    def __init__(self, failing: Callable[[Question], BaseException | None] = lambda question: None) -> None:
        self.asked: list[str] = []
        self.failing = failing

    def __call__(self, question: Question) -> Prediction:
        self.asked.append(question.id)
        if error := self.failing(question):
            raise error
        return answered(question)


def failing_on(*ids: str, error: BaseException) -> Asker:
    return Asker(lambda question: error if question.id in ids else None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "bm25.jsonl"


def test_a_run_holds_a_prediction_for_each_question_in_order(path: Path) -> None:
    told = []
    run = record(path, HEADER, QUESTIONS, Asker(), progress=lambda done, total: told.append((done, total)))
    assert run.predictions == tuple(map(answered, QUESTIONS))
    assert run.header == HEADER
    assert told == [(done, 6) for done in range(1, 7)]
    (session,) = run.sessions
    assert session.asked == 6
    assert session.seconds > 0
    assert session.peak_memory > 10 * 2**20


def test_nothing_is_asked_twice(path: Path) -> None:
    first = record(path, HEADER, QUESTIONS, Asker())
    asker = Asker()
    again = record(path, replace(HEADER, created="later", data={**HEADER.data, "path": "./q.jsonl"}), QUESTIONS, asker)
    assert asker.asked == []
    assert again == first


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(cut=st.integers(1, 3000), stop=st.sampled_from([None, "0", "2", "5"]))
def test_whatever_the_file_was_cut_to_the_rest_is_asked(path: Path, cut: int, stop: str | None) -> None:
    whole = record(path, HEADER, QUESTIONS, Asker(), fresh=path.exists())
    content = path.read_bytes()
    begun = content.index(b"\n") + 1
    path.write_bytes(content[: begun + cut])
    kept = [prediction.question.id for prediction in stored_run(path).predictions]
    asker = Asker()
    if stop is not None:
        with_stop = failing_on(stop, error=KeyboardInterrupt())
        try:
            record(path, HEADER, QUESTIONS, with_stop)
        except KeyboardInterrupt:
            kept += with_stop.asked[:-1]
        else:
            kept += with_stop.asked
        assert path.read_bytes().endswith(b"\n") or not with_stop.asked
    assert record(path, HEADER, QUESTIONS, asker).predictions == whole.predictions
    assert kept + asker.asked == [question.id for question in QUESTIONS]


def test_an_interruption_keeps_what_is_done_and_what_it_took(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        record(path, HEADER, QUESTIONS, failing_on("4", error=KeyboardInterrupt()))
    assert [session.asked for session in stored_run(path).sessions] == [4]
    assert [session.asked for session in record(path, HEADER, QUESTIONS, Asker()).sessions] == [4, 2]


def test_kill_9_loses_no_prediction_and_repeats_none(path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline().strip() for _ in range(4)]  # type: ignore[union-attr]
        os.kill(process.pid, signal.SIGKILL)
    assert told == ["0", "1", "2", "3"]
    asker = Asker()
    assert record(path, HEADER, QUESTIONS, asker).predictions == tuple(map(answered, QUESTIONS))
    assert asker.asked == ["3", "4", "5"]


def test_a_failed_question_counts_as_failed_and_is_asked_again(path: Path) -> None:
    run = record(path, HEADER, QUESTIONS, failing_on("1", "3", error=ValueError("odd \ud83d")))
    assert [prediction.error for prediction in run.predictions] == [None, *["ValueError: odd ?", None] * 2, None]
    asker = Asker()
    assert record(path, HEADER, QUESTIONS, asker).predictions == tuple(map(answered, QUESTIONS))
    assert asker.asked == ["1", "3"]


def test_a_prediction_that_is_no_json_is_a_failure_of_its_question(path: Path) -> None:
    def ask(question: Question) -> Prediction:
        return replace(answered(question), timings={"retrieval": float("nan" if question.id == "2" else 1)})

    errors = [prediction.error for prediction in record(path, HEADER, QUESTIONS, ask).predictions]
    assert errors[2].startswith("ValueError: Out of range float")  # type: ignore[union-attr]
    assert errors[:2] + errors[3:] == [None] * 5


def test_what_fails_alike_from_the_start_stops_the_run(path: Path) -> None:
    asker = Asker(lambda question: ModelError("The reader is broken."))
    with pytest.raises(ModelError, match="The reader is broken"):
        record(path, HEADER, QUESTIONS, asker)
    assert asker.asked == ["0", "1", "2"]
    other = replace(HEADER, settings={})
    assert record(path, other, QUESTIONS, Asker()).header == other  # there was nothing to lose


@pytest.mark.parametrize("failing", [lambda question: QAError(question.id), lambda question: ValueError("x")])
def test_other_failures_do_not_stop_it(path: Path, failing: Callable[[Question], Exception]) -> None:
    run = record(path, HEADER, QUESTIONS, Asker(failing))
    assert all(prediction.error for prediction in run.predictions)


def test_failures_alike_after_an_answer_do_not_stop_it(path: Path) -> None:
    broken = failing_on("3", "4", "5", error=QAError("busy"))
    for _ in range(2):
        assert [p.error for p in record(path, HEADER, QUESTIONS, broken).predictions] == [None] * 3 + ["busy"] * 3


def test_another_experiment_is_refused_with_what_differs(path: Path) -> None:
    record(path, HEADER, QUESTIONS, Asker())
    before = path.read_bytes()
    other = replace(
        HEADER, settings={"retrieval": {"depth": 20}}, versions={"qa-system": "0.1.0", "torch": "2"}, created="later"
    )
    with pytest.raises(SettingsError, match="--fresh") as caught:
        record(path, other, QUESTIONS, Asker())
    told = str(caught.value).splitlines()[1:-1]
    assert told == ["  settings.retrieval.depth was 10 and is 20", "  versions.torch was absent and is '2'"]
    assert path.read_bytes() == before
    assert record(path, other, QUESTIONS, Asker(), fresh=True).header == other


@pytest.mark.parametrize("fresh", [False, True])
def test_a_file_that_is_no_run_is_never_written_to(tmp_path: Path, fresh: bool) -> None:
    path = tmp_path / "reviews.json"
    path.write_text('{"text": "Good."}')
    with pytest.raises(SourceError, match="no run"):
        record(path, HEADER, QUESTIONS, Asker(), fresh=fresh)
    assert path.read_text() == '{"text": "Good."}'


def test_an_empty_file_is_begun(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").touch()
    assert len(record(tmp_path / "run.jsonl", HEADER, QUESTIONS, Asker()).predictions) == 6


def _record_elsewhere(path: Path) -> str:
    try:
        record(path, HEADER, QUESTIONS, Asker())
    except SettingsError as error:
        return str(error)
    return "recorded"


def test_two_processes_do_not_write_one_run(path: Path) -> None:
    told = []

    def ask(question: Question) -> Prediction:
        if question.id == "2":
            with get_context("fork").Pool(1) as pool:
                told.append(pool.apply(_record_elsewhere, (path,)))
        return answered(question)

    record(path, HEADER, QUESTIONS, ask)
    assert len(told) == 1
    assert "Another process is writing the run" in told[0]
    assert _record_elsewhere(path) == "recorded"


def test_a_question_that_is_no_json_is_refused_before_anything_is_asked(path: Path) -> None:
    asker = Asker()
    with pytest.raises(SourceError, match="The question 'x' cannot be written to a run"):
        record(path, HEADER, [*QUESTIONS, Question("x", "half a \ud83d")], asker)
    assert asker.asked == []
    assert not path.exists()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QAError, match="cannot be written"):
        record(tmp_path / "file" / "run.jsonl", HEADER, QUESTIONS, Asker())
