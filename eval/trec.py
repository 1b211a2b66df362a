"""
Runs and judgements as files of TREC, which trec_eval, ranx and pyserini read, and theirs read here.

Columns are divided by white space, so ids have it percent-encoded, and with it `%` and what cannot be printed. A review
goes by its id where every review of the corpus has an id of its own, else by `item/review`.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote, unquote

import numpy as np

from qa_system.dense.durable import replace_file
from qa_system.errors import SourceError
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.eval.retrieval import counted_ranking, relevance
from qa_system.records import Label, Question, Rejection
from qa_system.reviews import ReviewKey
from qa_system.sources.files import DamagedFileError, byte_lines
from qa_system.sources.rows import Row, RowError, convert_rows

RUN_COLUMNS = ("question", "Q0", "review", "rank", "score", "tag")
QRELS_COLUMNS = ("question", "iteration", "review", "relevance")

_LARGEST_SCORE = 1e38
"""A 32-bit float holds little more."""

T = TypeVar("T")


def write_run(path: Path, predictions: Iterable[Prediction], *, tag: str, corpus: Collection[ReviewKey]) -> None:
    """
    Write rankings as a TREC run, in one piece.

    :param path: The file.
    :param predictions: Questions with their rankings. A question that failed or found nothing has no line.
    :param tag: Names the system.
    :param corpus: All reviews that there are to find.
    :raises OSError: If the file cannot be written; the old one stays.
    """
    review_name = _review_namer(corpus)
    lines = (
        f"{_encoded(prediction.question.id)} Q0 {review_name(ranked.key)} {rank} {score} {_encoded(tag)}\n"
        for prediction in predictions
        for rank, (ranked, score) in enumerate(_with_scores(counted_ranking(prediction)), start=1)
    )
    replace_file(path, "".join(lines))


def write_qrels(path: Path, questions: Iterable[Question], *, corpus: Collection[ReviewKey]) -> None:
    """
    Write judgements as TREC qrels, in one piece.

    :param path: The file.
    :param questions: With the labels of all annotators. Those without a relevant review are left out, as they are from
        our means: trec_eval would count them as not found.
    :param corpus: All reviews that there are to find.
    :raises OSError: If the file cannot be written; the old one stays.
    """
    review_name = _review_namer(corpus)
    lines = (
        f"{_encoded(question.id)} 0 {review_name(key)} {grade}\n"
        for question in questions
        if any(label.is_relevant for label in question.labels)
        for key, grade in relevance(question).items()
    )
    replace_file(path, "".join(lines))


def read_run(path: Path, questions: Sequence[Question], *, corpus: Collection[ReviewKey]) -> list[Prediction]:
    """
    Read the rankings of a TREC run, ordered by score, and where scores are equal by rank.

    :param path: The file, plain or gzip.
    :param questions: What was asked.
    :param corpus: All reviews that there are to find.
    :returns: A prediction for each question, in their order; its ranking is empty where the run leaves it out.
    :raises SourceError: If the file is missing, empty or damaged; where a line has other columns, names a question or
        review that is not known, names a review twice for a question, or has a score or rank that is no number.
    """
    rankings: dict[str, list[_Placed]] = defaultdict(list)
    for placed in _records(path, RUN_COLUMNS, partial(_placed, _Names(questions, corpus))):
        rankings[placed.question_id].append(placed)
    return [Prediction(question, ranking=_in_order(rankings.get(question.id, []))) for question in questions]


def read_qrels(path: Path, questions: Sequence[Question], *, corpus: Collection[ReviewKey]) -> list[Question]:
    """
    Read the judgements of TREC qrels.

    :param path: The file, plain or gzip.
    :param questions: What was asked.
    :param corpus: All reviews that there are to find.
    :returns: The questions, in their order, with these judgements for labels; without any where the file has none.
    :raises SourceError: As `read_run`, and where a review judged is not of the item that the question is about.
    """
    labels: dict[str, list[Label]] = defaultdict(list)
    for question_id, label in _records(path, QRELS_COLUMNS, partial(_judged, _Names(questions, corpus))):
        labels[question_id].append(label)
    return [replace(question, labels=tuple(labels.get(question.id, ()))) for question in questions]


class _Placed(NamedTuple):
    question_id: str
    ranked: Ranked
    rank: int


class _Names:
    """What the names in a file stand for, each review once for a question."""

    def __init__(self, questions: Sequence[Question], corpus: Collection[ReviewKey]) -> None:
        review_name = _review_namer(corpus)
        self._questions = _by_name({_encoded(question.id): question for question in questions})
        self._reviews = _by_name({review_name(key): key for key in corpus})
        self._seen: set[tuple[str, ReviewKey]] = set()

    def look_up(self, values: Mapping[str, str]) -> tuple[Question, ReviewKey]:
        """Find the question and the review of a line."""
        question = _known(self._questions, "question", values)
        key = _known(self._reviews, "review", values)
        if (question.id, key) in self._seen:
            raise RowError(f"names review {values['review']!r} of question {values['question']!r} a second time")
        self._seen.add((question.id, key))
        return question, key


def _placed(names: _Names, row: Row) -> _Placed:
    question, key = names.look_up(row.values)
    score = _number(float, "score", row.values)
    if not math.isfinite(score):
        raise RowError(f"score is {row.values['score']!r}, and only finite numbers have an order")
    return _Placed(question.id, Ranked(*key, score=score), _number(int, "rank", row.values))


def _judged(names: _Names, row: Row) -> tuple[str, Label]:
    question, (item_id, review_id) = names.look_up(row.values)
    if item_id != question.item_id:
        raise RowError(f"judges a review of item {item_id!r} for a question about {question.item_id!r}")
    return question.id, Label(review_id, relevance=_number(int, "relevance", row.values))


def _in_order(placed: Iterable[_Placed]) -> tuple[Ranked, ...]:
    return tuple(each.ranked for each in sorted(placed, key=lambda each: (-each.ranked.score, each.rank)))


def _records(path: Path, columns: Sequence[str], convert: Callable[[Row], T]) -> Iterator[T]:
    """Read line by line. Measurements with a broken line among them cannot be trusted, so the first is the end."""
    empty = True
    for record in convert_rows(_rows(path, columns), convert):
        if isinstance(record, Rejection):
            raise SourceError(f"{record}. A line is: {' '.join(columns)}.")
        empty = False
        yield record
    if empty:
        raise SourceError(f"{path} is empty. A line is: {' '.join(columns)}.")


def _rows(path: Path, columns: Sequence[str]) -> Iterator[Row | Rejection]:
    number = 0
    try:
        for number, line in enumerate(byte_lines(path), start=1):
            if line.strip():
                yield _row(path, number, columns, line)
    except DamagedFileError as error:
        yield Rejection(path, number + 1, str(error))


def _row(path: Path, number: int, columns: Sequence[str], line: bytes) -> Row | Rejection:
    try:
        cells = [cell.decode() for cell in line.split()]  # bytes are divided at ASCII white space only, as in C
    except UnicodeDecodeError as error:
        return Rejection(path, number, f"not UTF-8: {error.object[:80]!r}")
    if len(cells) != len(columns):
        return Rejection(path, number, f"{len(cells)} columns where there should be {len(columns)}")
    return Row(path, number, dict(zip(columns, cells, strict=True)))


def _known(by_name: Mapping[str, T], column: str, values: Mapping[str, str]) -> T:
    name = values[column]
    if name not in by_name:
        example = f": known is for example {next(iter(by_name))!r}" if by_name else ""
        raise RowError(f"{column} {name!r} is not known{example}")
    return by_name[name]


def _number(read: Callable[[str], T], column: str, values: Mapping[str, str]) -> T:
    try:
        return read(values[column])
    except ValueError as error:
        raise RowError(f"{column} is {values[column]!r}, not a{' whole' if read is int else ''} number") from error


def _with_scores(ranking: Iterable[Ranked]) -> Iterator[tuple[Ranked, np.float32]]:
    """
    Round scores to 32 bits, as trec_eval does, and lower one that would tie by the least possible.

    trec_eval orders ties by name, whatever the rank.
    """
    above = np.float32(np.inf)
    for ranked in ranking:
        score = np.float32(np.clip(ranked.score, -_LARGEST_SCORE, _LARGEST_SCORE))
        above = min(score, np.nextafter(above, np.float32(-np.inf)))
        yield ranked, above


def _review_namer(corpus: Collection[ReviewKey]) -> Callable[[ReviewKey], str]:
    if len({review_id for _, review_id in corpus}) == len(set(corpus)):
        return lambda key: _encoded(key[1])
    return lambda key: "/".join(_encoded(part, besides="/") for part in key)


def _encoded(text: str, *, besides: str = "") -> str:
    def is_safe(character: str) -> bool:
        return character.isprintable() and not character.isspace() and character not in ("%", *besides)

    return "".join(character if is_safe(character) else quote(character, safe="") for character in text)


def _by_name(named: Mapping[str, T]) -> dict[str, T]:
    """Understand ids that others wrote as they are, too; where both readings are possible ours is meant."""
    return {unquote(name): thing for name, thing in named.items()} | dict(named)
