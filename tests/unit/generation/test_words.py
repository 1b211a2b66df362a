"""Words, what they mean, and what denies them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.words import NOT, content, is_denied, words_of


def keys(text: str, language: str = "english") -> list[str]:
    return [word.key for word in words_of(text, language)]


def test_words_are_compared_by_their_stems() -> None:
    assert content(words_of("The batteries lasted", "english")) == content(words_of("battery lasts", "english"))
    assert content(words_of("Our family's café", "english")) == content(words_of("family cafe", "english"))


def test_a_number_is_one_word() -> None:
    assert keys("9.5 hours, 1,000 times at 7:30") == ["9.5", "hour", "1,000", "time", "", "7:30"]
    assert [word.sentence for word in words_of("It lasts 9.5 hours. Great!", "english")] == [0, 0, 0, 0, 1]


def test_what_frames_a_statement_says_nothing() -> None:
    assert keys("Several reviewers say that it is very") == [""] * 7


def test_stems_are_those_of_the_language() -> None:
    assert keys("Batterien", "german") == keys("Batterie", "german")
    assert keys("音良い", "english") == ["音", "良", "い"]


@pytest.mark.parametrize(
    "word",
    ["not", "no bass", "isn't", "isn’t", "doesnt", "can't", "cannot", "never", "without", "hardly", "lacks"],  # noqa: RUF001
)
def test_words_that_deny(word: str) -> None:
    assert keys(word)[0] == NOT


@pytest.mark.parametrize("text", ["No, it is loud", "No. It is loud", "no"])
def test_a_no_that_answers_denies_nothing(text: str) -> None:
    assert NOT not in keys(text)


@pytest.mark.parametrize(
    ("text", "statement", "denied"),
    [
        ("The bass is deep.", "deep", False),
        ("The bass is not deep.", "deep", True),
        ("There is hardly any bass here.", "bass", True),
        ("No complaints, the bass is deep.", "bass", False),
        ("It is not cheap but deep.", "deep", False),
        ("It did not ever seem to me that deep.", "deep", False),  # too far away
    ],
)
def test_a_negation_reaches_to_the_end_of_its_clause(text: str, statement: str, denied: bool) -> None:
    words = words_of(text, "english")
    place = next(place for place, word in enumerate(words) if text[word.start : word.end] == statement)
    assert is_denied(words, place, place) == denied


@given(st.text(max_size=100))
def test_words_lie_in_the_text_in_order(text: str) -> None:
    words = words_of(text, "english")
    places = [place for word in words for place in (word.start, word.end)]
    assert places == sorted(places)
    assert all(text[word.start : word.end].strip() for word in words)
    assert [word.clause for word in words] == sorted(word.clause for word in words)
