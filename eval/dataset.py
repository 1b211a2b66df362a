"""Which questions of a data set are asked."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from hashlib import sha256
from itertools import chain
from random import Random
from typing import Any

from qa_system.errors import SettingsError, SourceError
from qa_system.records import Label, Question
from qa_system.sources.splits import part_of

HELD_OUT = "held_out"
"""Name of the split that no model of this project was trained on."""
_SHOWN = 3


def select(questions: Iterable[Question], *, split: str | None = None) -> list[Question]:
    """
    Choose the questions of a split.

    :param questions: The data set.
    :param split: `train`, `dev`, `test`, as `meta["split"]` says; `held_out` for what `qa train` keeps clear of; None
        takes all.
    :returns: The questions, in order.
    :raises SourceError: If none is left, or an id stands for several questions, as in SubjQA, whose train and dev share
        questions.
    """
    questions = list(questions)
    chosen = [question for question in questions if split is None or _belongs(question, split)]
    if not chosen:
        raise SourceError(_nothing_chosen(questions, split))
    if repeated := [id_ for id_, count in Counter(question.id for question in chosen).items() if count > 1]:
        raise SourceError(
            f"{len(repeated):,} question ids stand for several questions ({_listed(repeated)}). {_splits(chosen)} "
            "Choose one with --split, or give each question an id of its own."
        )
    return chosen


def labelled(questions: Sequence[Question]) -> tuple[list[Question], int]:
    """
    Leave out what nobody judged: nothing can be scored there.

    :param questions: The questions.
    :returns: Those with labels, or declared unanswerable by `meta["answerable"]`, and how many were left out.
    :raises SourceError: If none has labels.
    """
    judged = [question for question in questions if question.labels or question.meta.get("answerable") is False]
    if not judged:
        raise SourceError(
            f"None of the {len(questions):,} questions is labelled. Answers are scored against what people marked in "
            "the reviews, so `qa eval` needs questions with labels: docs/cli.md lists the formats that carry them."
        )
    return judged, len(questions) - len(judged)


def check_answers(questions: Iterable[Question]) -> None:
    """
    Refuse to score answers by judgements of whole reviews, such as those of BEIR.

    :param questions: The questions.
    :raises SourceError: If a review was judged and no words were marked in it.
    """
    judged = [question for question in questions if any(label.relevance is not None for label in question.labels)]
    if judged:
        raise SourceError(
            f"{len(judged):,} questions have judgements of whole reviews, without the words that answer: readers and "
            "pipelines cannot be scored on them. `qa eval retriever` can."
        )


def pooled(questions: Sequence[Question]) -> list[Question]:
    """
    Ask once what the data set asks of several reviews of an item: a shopper does not know the review.

    :param questions: The questions.
    :returns: One for each item and text, capitals and white space aside, in the order of the first of each. It has the
        id and text of the first, the labels of all, no context, and the metadata that all agree on.
    """
    pools: dict[tuple[str | None, str], list[Question]] = {}
    for question in questions:
        pools.setdefault((question.item_id, " ".join(question.text.split()).casefold()), []).append(question)
    return [_merged(pool) for pool in pools.values()]


def sampled(questions: Sequence[Question], limit: int | None, *, seed: int = 0) -> list[Question]:
    """
    Draw questions at random. Pool first: a pool of which a part is drawn lacks labels.

    :param questions: The questions.
    :param limit: How many at most; None takes all.
    :param seed: Another one draws others.
    :returns: Those drawn, in the order they had.
    :raises SettingsError: If `limit` is less than 1.
    """
    if limit is None or limit >= len(questions):
        return list(questions)
    if limit < 1:
        raise SettingsError(f"--limit is {limit}; it says how many questions to ask, so it is at least 1.")
    return [questions[place] for place in sorted(Random(seed).sample(range(len(questions)), limit))]


def fingerprint(questions: Sequence[Question]) -> str:
    """
    Tell sets of questions apart.

    :param questions: The questions.
    :returns: SHA-256 over ids, texts, items, labels and contexts, in order, in hexadecimal.
    """
    digest = sha256()
    for question in questions:
        labels = [_told(label) for label in question.labels]
        asked = [question.id, question.text, question.item_id, labels, question.context]
        digest.update(json.dumps(asked).encode() + b"\n")
    return digest.hexdigest()


def _told(label: Label) -> tuple[Any, ...]:
    """Without a side what it was before labels had any: runs from then can still be gone on with."""
    return astuple(label) if label.side is not None else astuple(label)[:-1]


def _belongs(question: Question, split: str) -> bool:
    return part_of(question) == HELD_OUT if split == HELD_OUT else question.meta.get("split") == split


def _nothing_chosen(questions: Sequence[Question], split: str | None) -> str:
    if not questions:
        return "There are no questions in the data: name a file of labelled questions, such as the bundled sample's."
    return f"No question is of the split {split!r}. {_splits(questions)} Leave out --split to ask all."


def _splits(questions: Sequence[Question]) -> str:
    splits = Counter(question.meta["split"] for question in questions if "split" in question.meta)
    if not splits:
        return "The questions name no splits."
    return f"The splits are {', '.join(f'{name} ({count:,})' for name, count in splits.items())}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")


def _merged(pool: Sequence[Question]) -> Question:
    labels = tuple(chain.from_iterable(question.labels for question in pool))
    return replace(pool[0], labels=labels, context=None, meta=_agreed([question.meta for question in pool]))


def _agreed(metas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        name: value
        for name, value in metas[0].items()
        if all(name in meta and meta[name] == value for meta in metas[1:])
    }
