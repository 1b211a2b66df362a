import json

import pytest

from qa_system.consensus.faults import asks_for_a_fault
from qa_system.consensus.questions import is_subjective, question_kind, wants_yes_or_no
from qa_system.samples import QUESTIONS


@pytest.mark.parametrize(
    "question",
    [
        "Is the bass any good?",
        "does it leak",
        "Can I plug them in with a wire?",
        "any good for calls?",
        "ok to wear in the rain?",
        "So, would you buy it again?",
        "Hi! Can anyone tell me if it fits a 15 inch laptop?",
        "It works with a Mac?",
        "Isn\u2019t it too loud?",
        "Does it have a headphone jack or aux input?",
    ],
)
def test_wants_yes_or_no(question: str) -> None:
    assert wants_yes_or_no(question)
    assert question_kind(question) == "yes/no"


@pytest.mark.parametrize(
    "question",
    [
        "How is the bass?",
        "What do you think of the screen?",
        "How easy is it to clean?",
        "is it fast or does it lag",
        "Do they fit securely or do they fall out?",
        "What are the touch controls like to use?",
        "bass quality",
        "¿Qué tal suena?",
    ],
)
def test_wants_an_opinion(question: str) -> None:
    assert question_kind(question) == "opinion"
    assert is_subjective(question)


@pytest.mark.parametrize(
    "question",
    [
        "How long does the battery last?",
        "Which colours is it sold in?",
        "what's the bluetooth range like?",
        "What kind of camera is this?",
        "Can you tell me how much it weighs?",
        "What refrigerant gas does it use?",
        "who makes it",
    ],
)
def test_wants_a_fact(question: str) -> None:
    assert question_kind(question) == "factual"
    assert not is_subjective(question)


def test_a_yes_may_be_a_matter_of_opinion_or_of_fact() -> None:
    assert is_subjective("Is it comfortable?")
    assert not is_subjective("Does it have a red light?")


def test_the_sample_is_told_apart() -> None:
    """By its authors a question of opinion may want a yes or a no."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    for question in map(json.loads, lines):
        kind = question_kind(question["question"])
        if question["kind"] == "opinion":
            assert kind != "factual", question["question"]
    factual = [q for q in map(json.loads, lines) if q["kind"] == "factual"]
    assert sum(question_kind(q["question"]) == "factual" for q in factual) >= 0.95 * len(factual)


@pytest.mark.parametrize(
    "question",
    [
        "Does it leak?",
        "Is it on by accident in a bag?",
        "Is it noisy?",
        "Do they break easily?",
        "Do they need breaking in?",
        "Is it too heavy?",
        "Does the handle get very hot?",
    ],
)
def test_a_yes_is_bad_news(question: str) -> None:
    assert asks_for_a_fault(question)


@pytest.mark.parametrize(
    "question",
    [
        "Is it comfortable?",
        "Does it work without noise?",
        "Can they handle sweat and rain?",
        "Is the noise cancelling any good?",
        "Can the bulb be replaced when it dies?",
        "Doesn't it leak?",
        "Can I blend hot soup in it?",
    ],
)
def test_a_yes_is_no_bad_news(question: str) -> None:
    assert not asks_for_a_fault(question)
