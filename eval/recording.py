"""Asking every question once and keeping what comes back: resumable, whatever ends the process."""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from qa_system.dense.durable import replace_file
from qa_system.errors import QAError, SettingsError, SourceError
from qa_system.eval import memory
from qa_system.eval.journal import encoded, read_run, stored_run
from qa_system.eval.predictions import Prediction
from qa_system.eval.runs import Header, Run, Session
from qa_system.records import Question

logger = logging.getLogger(__name__)

Ask = Callable[[Question], Prediction]

_HOPELESS = 3
"""Questions that fail alike, with none answered, before the rest is not asked."""
_ABSENT = object()


def record(
    path: str | Path,
    header: Header,
    questions: Sequence[Question],
    ask: Ask,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    fresh: bool = False,
) -> Run:
    """
    Ask what a run does not hold an answer to yet, and write each prediction down as it comes.

    Killed at any moment, the same call goes on after the last prediction. A question that failed is asked again; the
    run keeps its place. A run in which nothing was answered is begun anew.

    :param path: The run's file, made with its folder where it is missing.
    :param header: The experiment.
    :param questions: All questions of the experiment.
    :param ask: Makes a prediction; what it raises becomes the `error` of the question's.
    :param progress: Told after each question how many this sitting has asked, and how many it found missing.
    :param fresh: Throw away what the file holds, and ask everything.
    :returns: The whole run.
    :raises SettingsError: If the file holds another experiment, or another process writes to it.
    :raises SourceError: If the file holds something else or is damaged, or a question cannot be written as JSON.
    :raises QAError: If the file cannot be written; if no question was answered and the first fail alike, their error.
    """
    path = Path(path)
    _check_storable(questions)
    with _sole_writer(path):
        answered = _answered(path, header, fresh=fresh)
        with _disk_errors(path):
            if not answered:
                replace_file(path, encoded(header).decode())
            missing = [question for question in questions if question.id not in answered]
            if missing:
                _sitting(path, missing, _predictions(missing, ask, begun=bool(answered)), progress)
    return read_run(path)


def check_free(path: Path, header: Header) -> None:
    """
    Make sure that a run can be written, before anything is asked.

    :param path: The run's file.
    :param header: The experiment.
    :raises SettingsError: If the file holds another experiment.
    :raises SourceError: If it holds something else or is damaged.
    :raises QAError: If its folder cannot be written.
    """
    with _disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(f"{path.parent} is not writable")
    _answered(path, header, fresh=False)


def _check_storable(questions: Sequence[Question]) -> None:
    for question in questions:
        try:
            encoded(Prediction(question))
        except (TypeError, ValueError) as error:
            raise SourceError(
                f"The question {question.id!r} cannot be written to a run: {error}. Runs hold Unicode text, finite "
                "numbers and truth values."
            ) from error


@contextmanager
def _sole_writer(path: Path) -> Iterator[None]:
    """Keep other processes away. The system lets go of the lock of one that dies."""
    with _disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"), blocking=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise SettingsError(
                f"Another process is writing the run {path}. Wait until it is done, or name another file with --out."
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise QAError(
            f"The run {path} cannot be written: {error}. What is in it is kept; once this is put right, the same "
            "command goes on from there."
        ) from error


def _answered(path: Path, header: Header, *, fresh: bool) -> set[str]:
    """List the questions that need not be asked."""
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return set()
    run = stored_run(path)  # a file that is no run is not thrown away either
    answered = {prediction.question.id for prediction in run.predictions if prediction.error is None}
    if fresh or not answered:
        return set()
    if differences := list(_differences(_experiment(run.header), _experiment(header))):
        raise SettingsError(
            f"{path} holds another experiment:\n  " + "\n  ".join(differences) + "\n(data.sha256 is of questions and "
            "labels.) Name another folder with --out, or throw that run away with --fresh."
        )
    return answered


def _experiment(header: Header) -> dict[str, Any]:
    """What makes two headers the same experiment, as plain data."""
    told = json.loads(encoded(header))["header"]
    del told["created"]
    told["data"].pop("path", None)
    return told


def _differences(then: Any, now: Any, name: str = "") -> Iterator[str]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in {**then, **now}:
            yield from _differences(then.get(key, _ABSENT), now.get(key, _ABSENT), f"{name}.{key}" if name else key)
    elif then != now:
        yield f"{name} was {_shown(then)} and is {_shown(now)}"


def _shown(value: Any) -> str:
    return "absent" if value is _ABSENT else repr(value)


def _sitting(
    path: Path, missing: Sequence[Question], predictions: Iterator[bytes], progress: Callable[[int, int], None]
) -> None:
    memory.reset_peak()
    started, asked = perf_counter(), 0
    with path.open("r+b") as file:
        _drop_torn_line(file)
        try:
            for asked, line in enumerate(predictions, start=1):
                file.write(line)
                file.flush()
                progress(asked, len(missing))
        finally:
            file.write(encoded(Session(asked, perf_counter() - started, memory.peak())))


def _drop_torn_line(file: BinaryIO) -> None:
    """Go to the end of the last line that is whole."""
    end = file.read().rfind(b"\n") + 1
    file.seek(end)
    file.truncate()


def _predictions(questions: Sequence[Question], ask: Ask, *, begun: bool) -> Iterator[bytes]:
    """Ask one question after the other; where nothing was answered before, give up if the first fail alike."""
    failures = []
    for question in questions:
        line, failure = _attempted(question, ask)
        yield line
        failures.append(failure)
        if len(failures) == _HOPELESS and not begun:
            _check_hope(failures)


def _attempted(question: Question, ask: Ask) -> tuple[bytes, Exception | None]:
    try:
        return encoded(ask(question)), None
    except Exception as error:
        logger.debug("The question %r failed.", question.id, exc_info=True)
        return encoded(Prediction(question, error=_told(error))), error


def _told(error: Exception) -> str:
    """What a QAError says is for people; of any other error the kind says more than the words."""
    told = str(error) if isinstance(error, QAError) else f"{type(error).__name__}: {error}"
    return told.encode("utf-8", "replace").decode()


def _check_hope(failures: Sequence[Exception | None]) -> None:
    """A model that does not work would fail a thousand questions with the same words."""
    first = failures[0]
    if isinstance(first, QAError) and len({repr(failure) for failure in failures}) == 1:
        raise first
