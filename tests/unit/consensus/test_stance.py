from collections.abc import Callable

import pytest

from qa_system.consensus.denial import denies, said_outright
from qa_system.consensus.spans import said, sentence_around
from qa_system.consensus.stance import Polarities, stances


@pytest.mark.parametrize(
    ("text", "outright"),
    [("Yes, very", 1), ("No, never", -1), ("Nope", -1), ("not at all", -1), ("No problem", 0), ("Nothing sticks", 0)],
)
def test_said_outright(text: str, outright: int) -> None:
    assert said_outright(text) == outright


@pytest.mark.parametrize(
    "text", ["no footprint in the box", "it doesn\u2019t come with one", "cannot be turned off", "never fell"]
)
def test_denies(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize(
    "text", ["frozen mango no problem", "it fits without any trouble", "not only that, it floats", "there is a cable"]
)
def test_denies_nothing(text: str) -> None:
    assert not denies(text)


def test_a_word_before_the_span_may_deny_it() -> None:
    assert denies("come with a cable", before="It did not ")
    assert not denies("it comes with a cable", before="It is not big, ")


@pytest.mark.parametrize(
    ("question", "text", "stance"),
    [
        ("Is it comfortable?", "very comfortable", "yes"),
        ("Is it comfortable?", "it hurts after an hour", "no"),
        ("Is it noisy?", "it is almost silent", "no"),
        ("Is it noisy?", "so loud that I left", "yes"),
        ("Does it leak?", "it leaks", "yes"),
        ("Does it leak?", "it doesn't leak", "no"),
        ("Does it have a red light?", "there is a red mode with a button", "yes"),
        ("Does it have a red light?", "no red mode on mine", "no"),
        ("Does it have a red light?", "Yes, a dim one", "yes"),
        ("Do you get a footprint with it?", "It doesn't come with the footprint", "no"),
        ("Can it blend ice?", "it did not get stuck once, great", "yes"),
        ("Can it blend ice?", "it did not do it", "no"),
        ("Is it comfortable?", "you get used to it", "neutral"),
        ("How is the bass?", "great bass", "positive"),
        ("How is the bass?", "weak bass", "negative"),
        ("How is the bass?", "there is some bass", "neutral"),
        ("How long is the cable?", "great, two metres", ""),
    ],
)
def test_stances(question: str, text: str, stance: str, model: Polarities, answer: Callable) -> None:
    assert stances(question, [answer("1", text)], model) == [stance]


def test_nothing_said_has_no_stance(model: Polarities) -> None:
    assert stances("Is it loud?", [], model) == []


@pytest.mark.parametrize(("rating", "stance"), [(5, "positive"), (3, "neutral"), (1, "negative"), (10, "neutral")])
def test_stars_decide_where_words_do_not(rating: int, stance: str, model: Polarities, answer: Callable) -> None:
    said_of_it = answer("1", "there is some bass")
    said_of_it.document.meta["rating"] = rating
    assert stances("How is the bass?", [said_of_it], model) == [stance]


def test_stars_say_nothing_of_facts(model: Polarities, answer: Callable) -> None:
    said_of_it = answer("1", "there is a red mode with a button")
    said_of_it.document.meta["rating"] = 1
    assert stances("Does it have a red light?", [said_of_it], model) == ["yes"]


def test_a_short_span_is_judged_by_its_sentence(answer: Callable) -> None:
    text = "I like the case. The bass is weak, sadly! Else fine."
    short = said(answer("1", "bass", text))
    assert short.text == "The bass is weak, sadly!"
    assert short.before == ""
    long = said(answer("1", "bass is weak, sadly", text))
    assert (long.text, long.before) == ("bass is weak, sadly", "The ")


def test_a_sentence_ends_at_a_line_and_is_not_endless() -> None:
    assert sentence_around("one\ntwo three\nfour", 4, 7) == (4, 14)
    start, end = sentence_around("a " * 5000, 5000, 5001)
    assert end - start < 1000
