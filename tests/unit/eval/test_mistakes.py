"""Every question has one outcome."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.eval.mistakes import OUTCOMES, by_outcome, outcome, worst
from qa_system.eval.predictions import Answer, Prediction, Ranked, Reading
from qa_system.eval.runs import Header, Run
from qa_system.eval.score import score
from qa_system.records import Label, Question

ANSWERABLE = Question("q", "How is it?", "i", (Label("r1", "very good", 10, 19), Label("r2")))
"""`r3` was not judged."""
UNANSWERABLE = Question("u", "How is it?", "i", (Label("r1"), Label("r2")))
RIGHT, WRONG = Ranked("i", "r1", 2.0), Ranked("i", "r2", 1.0)


def answered(text: str, review: str | None = "r1", start: int = 10, score: float = 0.5) -> Reading:
    place: dict[str, Any] = {"item_id": "i", "review_id": review, "start": start, "end": start + len(text)}
    return Reading((Answer(text, score, **(place if review else {})),), 0.1, abstained=False)


ABSTAINED = Reading((Answer("very good", 0.2, "i", "r1", 10, 19),), 0.9, abstained=True)


@pytest.mark.parametrize(
    ("expected", "prediction"),
    [
        ("failed", Prediction(ANSWERABLE, error="out of memory")),
        ("failed", Prediction(UNANSWERABLE, error="out of memory")),
        ("retrieval miss", Prediction(ANSWERABLE, (WRONG,), answered("bad", "r2"))),
        ("retrieval miss", Prediction(ANSWERABLE, (), ABSTAINED)),
        ("retrieval miss", Prediction(ANSWERABLE, (Ranked("another item", "r1", 1.0),), ABSTAINED)),
        ("wrong passage", Prediction(ANSWERABLE, (RIGHT, WRONG), answered("good", "r2"))),
        ("unjudged passage", Prediction(ANSWERABLE, (RIGHT,), answered("good", "r3"))),
        ("wrong span", Prediction(ANSWERABLE, (RIGHT,), answered("bad", start=40))),
        ("wrong span", Prediction(ANSWERABLE, (RIGHT,), answered("good", start=40))),
        ("wrong span", Prediction(ANSWERABLE, None, answered("bad", review=None))),
        ("boundary off", Prediction(ANSWERABLE, None, answered("good", start=15))),
        ("boundary off", Prediction(ANSWERABLE, None, answered("ery", start=11))),
        ("boundary off", Prediction(ANSWERABLE, None, answered("good, I think", review=None))),
        ("false abstention", Prediction(ANSWERABLE, (RIGHT,), ABSTAINED)),
        ("false abstention", Prediction(ANSWERABLE, None, Reading())),
        ("false answer", Prediction(UNANSWERABLE, (WRONG,), answered("very good"))),
        ("false answer", Prediction(UNANSWERABLE, None, answered("very good", review=None))),
        ("unjudged answer", Prediction(UNANSWERABLE, (WRONG,), answered("very good", "r3"))),
        ("right answer", Prediction(ANSWERABLE, (RIGHT,), answered("Very good!"))),
        ("right answer", Prediction(ANSWERABLE, (WRONG,), answered("very good", "r2"))),
        ("right abstention", Prediction(UNANSWERABLE, (), Reading())),
        ("retrieval miss", Prediction(ANSWERABLE, (WRONG,))),
        ("review found", Prediction(ANSWERABLE, (WRONG, RIGHT))),
        ("nothing to find", Prediction(UNANSWERABLE, (WRONG,))),
    ],
)
def test_outcomes(expected: str, prediction: Prediction) -> None:
    assert outcome(prediction) == expected


READINGS = st.builds(
    lambda text, review, start, abstained: Reading(answered(text, review, start).answers, 0.5, abstained),
    st.sampled_from(["very good", "good", "bad", "the"]),
    st.sampled_from(["r1", "r2", "r3", None]),
    st.integers(0, 30),
    st.booleans(),
)
PREDICTIONS = st.lists(
    st.builds(
        Prediction,
        st.sampled_from([ANSWERABLE, UNANSWERABLE]),
        st.none() | st.lists(st.sampled_from([RIGHT, WRONG]), unique=True).map(tuple),
        st.none() | READINGS | st.just(Reading()),
        error=st.none() | st.just("failed"),
    )
)


@given(PREDICTIONS)
def test_every_question_has_exactly_one_outcome(predictions: list[Prediction]) -> None:
    found = by_outcome(predictions)
    assert sorted(index for indices in found.values() for index in indices) == list(range(len(predictions)))
    assert list(found) == [name for name in OUTCOMES if name in found]


@given(PREDICTIONS)
def test_a_reader_misses_no_review(predictions: list[Prediction]) -> None:
    given_reviews = [Prediction(one.question, None, one.reading or Reading(), error=one.error) for one in predictions]
    assert "retrieval miss" not in by_outcome(given_reviews)


def test_the_worst_examples_are_those_it_was_surest_of() -> None:
    scores = {"a": 0.3, "b": 0.9, "c": 0.6}
    predictions = [
        Prediction(Question(name, "How?", "i", ANSWERABLE.labels), None, answered("bad", start=40, score=score))
        for name, score in scores.items()
    ]
    card = score(Run(Header("reader", "x", None, {}, 3, {}, {}), tuple(predictions)))
    assert [one.question.id for one in worst(card, "wrong span", 2)] == ["b", "c"]
    assert worst(card, "false answer", 2) == []
