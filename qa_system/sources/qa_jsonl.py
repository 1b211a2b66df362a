"""
Format `qa_jsonl`: labelled questions as JSON lines, plain or gzip, with a column mapping.

A row either brings its review along: `question`, `context`, `answers` (each `text` and `start`), and `item_id` or else
`source` for the item. Or it names reviews of a store: `question`, `item_id`, `labels` (each `review_id`, `text`,
`start`, `end`; null where an annotator found nothing in it; and `side`, where the reviewer stands, if it was judged),
where no labels mean that the reviews do not say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.errors import SourceError
from qa_system.records import Label, Question, Rejection
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.jsonl import json_rows
from qa_system.sources.labels import quoted_labels
from qa_system.sources.rows import Located, Row, RowError, convert_rows, locate_reviews
from qa_system.sources.values import content_id, identifier, prose, review_document, scalars

if TYPE_CHECKING:
    from haystack import Document

FIELDS = ("id", "question", "item_id", "source", "context", "answers", "labels")
LABEL_FIELDS = ("review_id", "text", "start", "end")


def _review_beside(path: Path, values: Mapping[str, Any]) -> "Document":
    if "labels" in values and "context" not in values:
        raise SourceError(
            f"{path} holds questions on reviews that are stored elsewhere, and no reviews. Index those reviews with "
            "`qa index`; `qa eval` takes the store that holds them as --store."
        )
    return _review(values)


def _review(values: Mapping[str, Any]) -> "Document":
    context, item_id = prose("context", values.get("context")), _item_id(values)
    return review_document({"text": context, "item_id": item_id, "review_id": content_id(item_id, context)})


def _item_id(values: Mapping[str, Any]) -> str:
    return identifier("item_id", values.get("item_id") or values.get("source"))


def _question(values: Mapping[str, Any]) -> Question:
    question = Question(
        id=identifier("id", values.get("id")),
        text=prose("question", values.get("question")),
        item_id=_item_id(values),
        meta=scalars(values, without=FIELDS),
    )
    if "labels" in values:
        if "context" in values:
            raise RowError("labels are for reviews of a store; with a context of its own a question has answers")
        return _with_stored_reviews(question, values["labels"])
    return _with_context(question, values)


def _with_context(question: Question, values: Mapping[str, Any]) -> Question:
    review = _review(values)
    labels = quoted_labels(review.id, review.content or "", values.get("answers"), "start")
    return replace(question, labels=labels, context=review.content)


def _with_stored_reviews(question: Question, labels: Any) -> Question:
    if not isinstance(labels, list):
        raise RowError(f"labels is {labels!r}, not a list")
    labels = tuple(map(_stored_label, labels))
    return replace(
        question, labels=labels, meta={**question.meta, "answerable": any(label.has_answer for label in labels)}
    )


def _stored_label(values: Any) -> Label:
    try:
        review_id, text, start, end = (values[name] for name in LABEL_FIELDS)
        if start is None and end is None and not text:
            return Label(review_id)
        marked = end - start
    except (KeyError, TypeError) as error:
        raise RowError(f"a label needs {', '.join(LABEL_FIELDS)}, not {values!r}") from error
    if marked != len(text):
        raise RowError(f"the label reads {text!r}, but its offsets {start} to {end} mark {marked} characters")
    return Label(review_id, text, start, end, side=_side(values.get("side")))


def _side(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise RowError(f"the label's side is {value!r}, not where the reviewer stands, in a word or a few")


def _rename(row: Row | Rejection, mapping: FieldMapping) -> Row | Rejection:
    if isinstance(row, Rejection):
        return row
    return row._replace(values={**row.values, **{ours: row.values.get(theirs) for ours, theirs in mapping.items()}})


def _rows(path: Path, mapping: FieldMapping) -> Iterator[Row | Rejection]:
    return (_rename(row, mapping) for row in json_rows(path))


def _matches(head: Head) -> bool:
    shapes = ("labels",), ("context", "answers")
    return head.container == "jsonl" and any(head.has(["question", *shape]) for shape in shapes)


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    return locate_reviews(_rows(path, mapping), partial(_review_beside, path))


def _questions(path: Path, mapping: FieldMapping) -> Iterator[Question | Rejection]:
    return convert_rows(_rows(path, mapping), lambda row: _question(row.values))


FORMAT = Format("qa_jsonl", _matches, _reviews, _questions, fields=FIELDS, repeats_reviews=True)
