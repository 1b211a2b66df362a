"""
Format `squad`: SQuAD JSON, versions 1 and 2. A title is an item, a distinct context a review.

The file is one JSON value, so it is held in memory whole and its rows have no line numbers: every rejection is of
line 1, and says which question it means.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.errors import SourceError
from qa_system.records import Label, Question, Rejection
from qa_system.sources.files import DamagedFileError, byte_lines
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.labels import quoted_labels
from qa_system.sources.rows import Located, Row, RowError, convert_rows, locate_reviews
from qa_system.sources.values import content_id, identifier, prose, review_document

if TYPE_CHECKING:
    from haystack import Document

DATA_KEY = re.compile(rb'"data"\s*:\s*\[')


def _rows(path: Path, walk: Callable[[Any], Iterator[dict[str, Any]]]) -> Iterator[Row]:
    content = _load(path)
    try:
        for values in walk(content):
            yield Row(path, 1, values)
    except (KeyError, TypeError) as error:
        raise SourceError(
            f"{path} is not laid out as data[] > title, paragraphs[] > context, qas[]: {error!r}."
        ) from error


def _paragraphs(content: Any) -> Iterator[dict[str, Any]]:
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            yield {"title": article["title"], **paragraph}


def _asked(content: Any) -> Iterator[dict[str, Any]]:
    for paragraph in _paragraphs(content):
        for asked in paragraph["qas"]:
            yield {**paragraph, **asked}


def _load(path: Path) -> Any:
    try:
        return json.loads(b"".join(byte_lines(path)))
    except (DamagedFileError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} is no valid JSON: {error}.") from error


def _review(values: Mapping[str, Any]) -> "Document":
    item_id, context = identifier("title", values.get("title")), prose("context", values.get("context"))
    return review_document({"text": context, "item_id": item_id, "review_id": content_id(item_id, context)})


def _question(row: Row) -> Question:
    question_id = identifier("id", row.values.get("id"))
    try:
        review = _review(row.values)
        return Question(
            id=question_id,
            text=prose("question", row.values.get("question")),
            item_id=review.meta["item_id"],
            labels=_labels(review.id, review.content or "", row.values),
            context=review.content,
        )
    except RowError as error:
        raise RowError(f"question {question_id}: {error}") from error


def _labels(review_id: str, context: str, values: Mapping[str, Any]) -> tuple[Label, ...]:
    answers = [] if values.get("is_impossible") else values.get("answers", [])
    return quoted_labels(review_id, context, answers, "answer_start")


def _matches(head: Head) -> bool:
    is_json = head.container in ("json", "jsonl")  # written on one line it looks like the first of many
    return is_json and DATA_KEY.search(head.start) is not None and b'"paragraphs"' in head.start


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    return locate_reviews(_rows(path, _paragraphs), _review)


def _questions(path: Path, mapping: FieldMapping) -> Iterator[Question | Rejection]:
    return convert_rows(_rows(path, _asked), _question)


FORMAT = Format("squad", _matches, _reviews, _questions, repeats_reviews=True)
