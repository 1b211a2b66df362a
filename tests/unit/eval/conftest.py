"""Runs made by hand and really scored, for what is made of scorecards."""

import random
from collections.abc import Callable
from functools import cache

import pytest

from qa_system.eval.predictions import Answer, Prediction, Ranked, Reading
from qa_system.eval.runs import Header, Kind, Run, Scope, Session
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard
from qa_system.records import Label, Question

QUESTIONS = 40
REVIEW = "I bought it for my son. The bass is deep and clean, and the cable is long enough for me."
SPANS = ((24, 50), (28, 40), (56, 87), (0, 22))
"""The second is what annotators mark."""


def asked(number: int) -> Question:
    start, end = SPANS[1]
    marked = Label("r1", REVIEW[start:end], start, end)
    labels = (marked, marked, Label("r2")) if number % 3 else (Label("r1"),)
    return Question(
        f"q{number}",
        "How is the bass?",
        f"item{number % 7}",
        labels,
        meta={"review_words": 20 + number, "item_reviews": 9},
    )


def read(number: int, chance: random.Random) -> Reading:
    start, end = SPANS[chance.randrange(len(SPANS))]
    context = REVIEW[:start], REVIEW[start:end], REVIEW[end:]
    answer = Answer(REVIEW[start:end], chance.random(), f"item{number % 7}", "r1", start, end, context)
    return Reading((answer,), chance.random(), chance.random() < 0.3)


def predicted(number: int, kind: Kind, chance: random.Random) -> Prediction:
    ranks = chance.sample(range(1, 10), 9)
    return Prediction(
        asked(number),
        None
        if kind == "reader"
        else tuple(Ranked(f"item{number % 7}", f"r{rank}", -place) for place, rank in enumerate(ranks)),
        None if kind == "retriever" else read(number, chance),
        read(number, chance) if kind == "pipeline" else None,
        {"retrieval": 0.0123, "reading": 0.0456} if kind == "pipeline" else {"reading": 0.0456},
        "ModelError: the GPU fell off" if number == 11 else None,
    )


@pytest.fixture(scope="session")
def scored() -> Callable[..., Scorecard]:
    """Score a run of any kind, whose answers are drawn by chance."""

    @cache
    def make(kind: Kind, system: str, scope: Scope | None = None) -> Scorecard:
        chance = random.Random(system)
        header = Header(
            kind,
            system,
            scope,
            {"path": "data/subjqa/electronics", "split": "test", "sha256": "ab" * 32},
            QUESTIONS,
            {"retrieval": {"top_k": 10}},
            {"qa-system": "0.1.0"},
            {} if kind == "retriever" else {"reader": {"name": system, "bytes": 90_900_000}},
            None if kind == "reader" else 20_000,
            "2026-11-21T15:00:00Z",
        )
        predictions = tuple(predicted(number, kind, chance) for number in range(QUESTIONS))
        return score(Run(header, predictions, (Session(QUESTIONS, QUESTIONS / 34, 1_230_000_000),)))

    return make
