"""
Format `subjqa`: SubjQA's CSV files exactly as published (Bjerva et al., EMNLP 2020).

A row is one annotation. `train.csv` and `dev.csv` share questions: of the 255 questions of electronics/dev, 249 are in
train too, with other annotators. A question is therefore one record for each file it stands in, told apart by `split`.

`is_ques_subjective` is no judgement of a person: it is whether `ques_subj_score`, a lexicon's score of the question's
words, is above 0.5, so that "How is the clarity of the screen?" is not subjective. People graded `question_subj_level`,
from 1 for an opinion to 5 for a fact; where all who graded a question say the same, its `meta` has `judged_subjective`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.errors import SourceError
from qa_system.records import Label, Question, Rejection
from qa_system.sources.csv import csv_table
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.labels import span_label
from qa_system.sources.rows import Located, Row, RowError, convert_rows, locate_reviews
from qa_system.sources.values import count, identifier, prose, review_document

if TYPE_CHECKING:
    from haystack import Document

NOT_FOUND = "ANSWERNOTFOUND"
COLUMNS = (
    "item_id",
    "domain",
    "question",
    "q_review_id",
    "review_id",
    "review",
    "human_ans_spans",
    "human_ans_indices",
)
SPLITS = ("train", "dev", "test")
_UNDECIDED = 3
"""Neither opinion nor fact, of the levels from 1 to 5."""
INDICES = re.compile(r"\((\d+), (\d+)\)")


def _rows(path: Path) -> Iterator[Row | Rejection]:
    table = csv_table(path)
    if missing := [column for column in COLUMNS if column not in table.columns]:
        raise SourceError(f"{path} is no SubjQA file: it has no column {', '.join(missing)}.")
    return table.rows


def _text(values: Mapping[str, Any]) -> str:
    """The published text ends in a word that annotators clicked to say that they found nothing."""
    return prose("review", values["review"].removesuffix(NOT_FOUND).rstrip())


def _review(values: Mapping[str, Any]) -> "Document":
    names = {"item_id": "item_id", "review_id": "review_id", "category": "domain"}
    return review_document({"text": _text(values)} | {ours: values.get(theirs) for ours, theirs in names.items()})


def _annotation(row: Row) -> Question:
    values = row.values
    return Question(
        id=identifier("q_review_id", values.get("q_review_id")),
        text=prose("question", values.get("question")),
        item_id=identifier("item_id", values.get("item_id")),
        labels=(_label(values),),
        context=_text(values),
        meta=_meta(row),
    )


def _meta(row: Row) -> dict[str, Any]:
    split = row.path.name.partition(".")[0]
    meta = {"domain": row.values.get("domain"), "is_subjective": row.values.get("is_ques_subjective") == "True"}
    return meta | _judged(row.values) | ({"split": split} if split in SPLITS else {})


def _judged(values: Mapping[str, Any]) -> dict[str, bool]:
    level = count(values.get("question_subj_level"))
    return {} if level is None or level == _UNDECIDED else {"judged_subjective": level < _UNDECIDED}


def _label(values: Mapping[str, Any]) -> Label:
    review_id, text, words = identifier("review_id", values.get("review_id")), _text(values), values["human_ans_spans"]
    if words == NOT_FOUND:
        return Label(review_id)
    indices = INDICES.fullmatch(values["human_ans_indices"])
    if indices is None:
        raise RowError(f"human_ans_indices is {values['human_ans_indices']!r}, not like '(12, 34)'")
    start, end = map(int, indices.groups())
    return span_label(review_id, text, start, _last_word_end(text, start, words) if words.endswith(NOT_FOUND) else end)


def _last_word_end(text: str, start: int, words: str) -> int:
    """An annotator who marked words and then the tail left indices that end in the tail: the answer ends before."""
    for word in words.removesuffix(NOT_FOUND).split():
        found = text.find(word, start)
        if found < 0:
            raise RowError(f"the marked word {word!r} does not follow in the review")
        start = found + len(word)
    return start


def _matches(head: Head) -> bool:
    return head.container == "csv" and head.has(COLUMNS)


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    return locate_reviews(_rows(path), _review)


def _questions(path: Path, mapping: FieldMapping) -> Iterator[Question | Rejection]:
    return _merged(convert_rows(_rows(path), _annotation))


def _merged(annotations: Iterable[Question | Rejection]) -> Iterator[Question | Rejection]:
    """Rows of one question need not be neighbours, so its labels are complete only at the end of the file."""
    questions: dict[str, Question] = {}
    for annotation in annotations:
        if isinstance(annotation, Rejection):
            yield annotation
        elif earlier := questions.get(annotation.id):
            questions[earlier.id] = replace(
                earlier, labels=earlier.labels + annotation.labels, meta=_agreed(earlier, annotation)
            )
        else:
            questions[annotation.id] = annotation
    yield from questions.values()


def _agreed(earlier: Question, annotation: Question) -> dict[str, Any]:
    told = annotation.meta.get("judged_subjective")
    return {name: value for name, value in earlier.meta.items() if name != "judged_subjective" or value == told}


FORMAT = Format("subjqa", _matches, _reviews, _questions, repeats_reviews=True)
