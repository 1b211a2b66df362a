"""Runs made by hand and really scored, for what is made of scorecards."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from qa_system.eval.predictions import Agreed, Answer, Prediction, Ranked, Reading, Stand
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
    marked = Label("r1", REVIEW[start:end], start, end, side=None if number % 5 else ("deep", "positive")[number % 2])
    labels = (marked, marked, Label("r2")) if number % 3 else (Label("r1"),)
    return Question(
        f"q{number}",
        "How is the bass?",
        f"item{number % 7}",
        labels,
        meta={"review_words": 20 + number, "item_reviews": 9, "kind": "opinion"},
    )


def read(number: int, chance: random.Random) -> Reading:
    start, end = SPANS[chance.randrange(len(SPANS))]
    context = REVIEW[:start], REVIEW[start:end], REVIEW[end:]
    answer = Answer(REVIEW[start:end], chance.random(), f"item{number % 7}", "r1", start, end, context)
    return Reading((answer,), chance.random(), chance.random() < 0.3)


def agreed(number: int, chance: random.Random) -> Agreed:
    answer = read(number, chance).answers[0]
    reviews = chance.sample([f"r{rank}" for rank in range(1, 6)], 4)
    quotes = [replace(answer, review_id=review) for review in reviews]
    sides = (Stand("positive", tuple(quotes[:3])), Stand("negative", tuple(quotes[3:])))
    if chance.random() < 0.2:
        return Agreed("opinion", is_subjective=True)
    stars = {"r1": 5.0, "r2": 1.0, "r3": 3.0}
    return Agreed("opinion", sides, 0.75, (0.3, 0.95), 9, 1, is_subjective=True, stars=stars)


def predicted(number: int, kind: Kind, chance: random.Random) -> Prediction:
    ranks = chance.sample(range(1, 10), 9)
    return Prediction(
        asked(number),
        None
        if kind in ("reader", "consensus")
        else tuple(Ranked(f"item{number % 7}", f"r{rank}", -place) for place, rank in enumerate(ranks)),
        None if kind in ("retriever", "consensus") else read(number, chance),
        read(number, chance) if kind == "pipeline" else None,
        {"retrieval": 0.0123, "reading": 0.0456} if kind == "pipeline" else {"reading": 0.0456},
        "ModelError: the GPU fell off" if number == 11 else None,
        agreed(number, chance) if kind == "consensus" else None,
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
