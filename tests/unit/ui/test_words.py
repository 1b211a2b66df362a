"""Numbers and dates in words."""

import pytest

from qa_system.ui.words import confidence_in_words, counted, day_in_words


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1.0, "Almost certain"),
        (0.9, "Almost certain"),
        (0.75, "Very likely"),
        (0.6, "Likely"),
        (0.5, "More likely than not"),
        (0.49, "Less likely than not"),
        (0.0, "Less likely than not"),
    ],
)
def test_confidence(score: float, words: str) -> None:
    assert confidence_in_words(score) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [("2024-03-03T10:00:00", "3 March 2024"), ("2024-03-03", "3 March 2024"), ("last summer", "last summer"), ("", "")],
)
def test_dates(day: str, words: str) -> None:
    assert day_in_words(day) == words


def test_counts() -> None:
    assert [counted(number, "review") for number in (0, 1, 1200)] == ["0 reviews", "1 review", "1,200 reviews"]
