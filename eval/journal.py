"""A run's file: JSON objects, one a line: a `{"header": …}`, then `{"prediction": …}` and `{"session": …}` as made."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from qa_system.errors import SourceError
from qa_system.eval.predictions import Prediction
from qa_system.eval.runs import Header, Kind, Run, Session

Record = Header | Prediction | Session

PARTS: dict[Kind, tuple[str, ...]] = {
    "retriever": ("ranking",),
    "reader": ("reading",),
    "pipeline": ("ranking", "reading", "isolated"),
    "generator": ("reading",),
    "consensus": ("consensus",),
}
"""What a prediction of each kind of run has."""


@dataclass(frozen=True, slots=True)
class _Line:
    header: Header | None = None
    prediction: Prediction | None = None
    session: Session | None = None


_LINE = TypeAdapter(_Line)


def encoded(record: Record) -> bytes:
    """
    Spell a record as a line of the file.

    :param record: A header, a prediction or a session.
    :returns: The line, UTF-8.
    :raises ValueError: If it holds NaN, an infinity, or half of a surrogate pair.
    :raises TypeError: If it holds what JSON has no word for.
    """
    line = {type(record).__name__.lower(): asdict(record)}
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def read_run(path: str | Path) -> Run:
    """
    Read a whole run.

    :param path: Its file.
    :returns: The run, as valid as its types say; of a question that failed and was asked again the last prediction.
    :raises SourceError: If it cannot be read, is no run, is damaged, or does not hold every question yet.
    """
    run = stored_run(path)
    if not run.predictions:
        raise SourceError(
            f"{path} holds no predictions: the run is empty. The `qa eval` command that made it fills it."
        )
    if len(run.predictions) != run.header.questions:
        raise SourceError(
            f"{path} holds {len(run.predictions):,} of {run.header.questions:,} questions: the run was interrupted. "
            "The `qa eval` command that began it goes on from there."
        )
    return run


def stored_run(path: str | Path) -> Run:
    """
    Read what there is of a run, which may have been interrupted.

    :param path: Its file.
    :returns: The run so far. A last line that was not written to its end is left out.
    :raises SourceError: If it cannot be read, is no run, or is damaged.
    """
    path = Path(path)
    records = _records(path)
    _, header = next(records, (None, None))
    if not isinstance(header, Header):
        raise SourceError(f"{path} is no run of `qa eval`: it does not begin with the header of one.")
    predictions: dict[str, Prediction] = {}
    sessions: list[Session] = []
    for place, record in records:
        match record:
            case Prediction():
                _check(record, header.kind, predictions, place)
                predictions[record.question.id] = record
            case Session():
                sessions.append(record)
            case _:
                raise SourceError(f"{place}: a second header. A file holds one run; take the others out of it.")
    return Run(header, tuple(predictions.values()), tuple(sessions))


def _records(path: Path) -> Iterator[tuple[str, Record]]:
    """Read record by record, each with the place it stands at, up to a last line that is cut off."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SourceError(f"The run {path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(lines[:-1], start=1):
        yield f"{path}:{number}", _decoded(line, f"{path}:{number}")


def _decoded(line: bytes, place: str) -> Record:
    try:
        parsed = _LINE.validate_json(line, strict=True)
    except ValidationError as error:
        raise SourceError(f"{place}: {_first_fault(error)}. It is no run of `qa eval`, or damaged.") from error
    record = parsed.header or parsed.prediction or parsed.session
    if record is None:
        raise SourceError(f"{place}: neither header nor prediction nor session. It is no run of `qa eval`, or damaged.")
    return record


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    where = ".".join(map(str, fault["loc"]))
    found = "" if fault["type"] in ("missing", "json_invalid") else f", not {fault['input']!r}"
    return f"{where}: {fault['msg']}{found}" if where else f"{fault['msg']}"


def _check(prediction: Prediction, kind: Kind, earlier: dict[str, Prediction], place: str) -> None:
    """Refuse what its types allow and no run has."""
    question_id = prediction.question.id
    if question_id in earlier and earlier[question_id].error is None:
        raise SourceError(f"{place}: the question {question_id!r} was answered before. A file holds one run.")
    missing = [part for part in PARTS[kind] if getattr(prediction, part) is None]
    if missing and prediction.error is None:
        raise SourceError(f"{place}: no {' and no '.join(missing)}, which a prediction of a {kind} has.")
