"""Labelled questions -> SQuAD 2 JSON, as other tools read it (Rajpurkar et al., ACL 2018)."""

from collections.abc import Iterable, Mapping
from typing import Any

from qa_system.errors import SourceError
from qa_system.records import Label, Question

_NO_ITEM = "reviews"
"""Title of what is about no item."""


def squad_json(questions: Iterable[Question]) -> dict[str, Any]:
    """
    Group questions by item and review.

    SQuAD has no place for annotators who found no answer where others did: an article lists the answers that were
    marked, and is impossible where nobody marked any. It has none for the side a reviewer is on either.

    :param questions: Each with the review it was asked of. Those that nobody judged are left out.
    :returns: What `json.dumps` makes a SQuAD 2 file of. Ids that stand for several questions, as in SubjQA, whose
        splits share questions, are told apart by their split.
    :raises SourceError: If there is no question, a question names reviews of a store instead of bringing its own, or
        ids repeat within a split.
    """
    articles: dict[str, dict[str, list[dict[str, Any]]]] = {}
    seen: set[str] = set()
    for question in questions:
        if question.context is None:
            raise SourceError(
                f"The question {question.id!r} names reviews of a store, and SQuAD files hold the reviews themselves. "
                "Convert a source with contexts: SubjQA, SQuAD, JSON lines with `context` and `answers`, or a store."
            )
        if not question.labels:
            continue
        asked = _asked(question, _unique_id(question, seen))
        articles.setdefault(question.item_id or _NO_ITEM, {}).setdefault(question.context, []).append(asked)
    if not articles:
        raise SourceError("There are no labelled questions to convert.")
    return {"version": "v2.0", "data": [_article(item, contexts) for item, contexts in articles.items()]}


def _unique_id(question: Question, seen: set[str]) -> str:
    split = question.meta.get("split")
    names = [question.id, *([f"{question.id}-{split}"] if split else [])]
    unused = next((name for name in names if name not in seen), None)
    if unused is None:
        raise SourceError(f"The id {question.id!r} stands for several questions; give each one of its own.")
    seen.add(unused)
    return unused


def _asked(question: Question, question_id: str) -> dict[str, Any]:
    answers = [_answer(label) for label in question.labels if label.has_answer]
    return {"id": question_id, "question": question.text, "is_impossible": not answers, "answers": answers}


def _answer(label: Label) -> dict[str, Any]:
    return {"text": label.text, "answer_start": label.start}


def _article(item: str, contexts: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {"title": item, "paragraphs": [{"context": context, "qas": asked} for context, asked in contexts.items()]}
