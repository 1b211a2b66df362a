"""What a browser says was marked is not believed before it is checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.ui.feedback import chosen_words

REVIEW = "So, the bass 🎸 is good. "


def test_marked_words_lose_the_blanks_around_them() -> None:
    assert chosen_words(REVIEW, {"start": 3, "end": 13}) == (4, 12)
    start, end = chosen_words(REVIEW, {"start": 4, "end": len(REVIEW)})
    assert REVIEW[start:end] == "the bass 🎸 is good."


@pytest.mark.parametrize(
    "marked",
    [None, {}, "words", [1, 2], {"start": 1}, {"start": 3, "end": 3}, {"start": 3, "end": 4}, {"start": -1, "end": 4},
     {"start": 0, "end": 999}, {"start": 5, "end": 2}, {"start": "0", "end": "4"}, {"start": 0.0, "end": 4.0},
     {"start": True, "end": 4}],
)  # fmt: skip
def test_what_marks_no_words_is_nothing(marked: object) -> None:
    assert chosen_words(REVIEW, marked) is None


@given(st.text(max_size=40), st.integers(-3, 45), st.integers(-3, 45))
def test_words_lie_in_the_review_and_begin_and_end_with_no_blank(text: str, start: int, end: int) -> None:
    words = chosen_words(text, {"start": start, "end": end})
    if words is not None:
        assert start <= words[0] < words[1] <= end
        assert text[slice(*words)] == text[start:end].strip()
    else:
        assert not (0 <= start < end <= len(text)) or not text[start:end].strip()
