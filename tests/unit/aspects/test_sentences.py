"""Sentences and the places in them."""

import pytest

from qa_system.aspects.sentences import LONGEST, sentence_around, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("no stop at all", ["no stop at all"]),
        ("Good bass. Bad zip!  Why?", ["Good bass.", "Bad zip!", "Why?"]),
        ("Good bass\n\n- Bad zip", ["Good bass", "- Bad zip"]),
        ("It costs 3.50 and lasts. ", ["It costs 3.50 and lasts."]),
        ("低音很好。外观不好。", ["低音很好。", "外观不好。"]),
    ],
)
def test_sentences_have_no_white_space_around_them(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_words_are_quoted_with_their_sentence() -> None:
    text = "It came late. The bass is deep. The zip broke."
    start = text.index("bass")
    first, last = sentence_around(text, start, start + 4)
    assert text[first:last] == "The bass is deep."


def test_who_writes_without_stops_is_quoted_around_the_words() -> None:
    text = "and then " * 100 + "the bass is deep " + "and so on " * 100
    start = text.index("bass")
    first, last = sentence_around(text, start, start + 4)
    assert last - first <= LONGEST
    assert first < start < last
    assert text[first - 1].isspace()
    assert text[last].isspace()
    assert text[first:last] == text[first:last].strip()
