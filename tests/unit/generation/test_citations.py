"""Sentences of a written answer, and what they cite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.citations import Cited, cited_sentences, whole_sentences

PASSAGES = 5


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("The bass is deep [1].", [("The bass is deep.", (1,), 0)]),
        ("Deep bass. [2][3] Weak mids [4].", [("Deep bass.", (2, 3), 0), ("Weak mids.", (4,), 0)]),
        ("Deep bass [1, 3; 5]. It broke [2-4]!", [("Deep bass.", (1, 3, 5), 0), ("It broke!", (2, 3, 4), 0)]),
        ("Deep bass [Review 2] 【3】.", [("Deep bass.", (2, 3), 0)]),
        ("- Deep [1]\n* **Weak** mids [2]\n3. Heavy", [("Deep", (1,), 0), ("Weak mids", (2,), 0), ("Heavy", (), 0)]),
        ("It lasts approx. 9.5 hours, e.g. in trains.", [("It lasts approx. 9.5 hours, e.g. in trains.", (), 0)]),
        ("deep [1]. weak mids [2]. it broke", [("deep.", (1,), 0), ("weak mids.", (2,), 0), ("it broke", (), 0)]),
        ("Deep bass [1][1][2].", [("Deep bass.", (1, 2), 0)]),
        ("Deep bass\n[1]", [("Deep bass", (1,), 0)]),
        ("音が良い。[1] 重い。[2]", [("音が良い。", (1,), 0), ("重い。", (2,), 0)]),
        ('He said "wow." [1] I agree [2].', [('He said "wow."', (1,), 0), ("I agree.", (2,), 0)]),
        ("Great...", [("Great...", (), 0)]),
        ("great for reading", [("great for reading", (), 0)]),
        ("", []),
        (" \n [1] \n", []),
    ],
)  # fmt: skip
def test_sentences_and_their_citations(written: str, found: list[tuple]) -> None:
    assert cited_sentences(written, PASSAGES) == [Cited(*one) for one in found]


@pytest.mark.parametrize(
    ("written", "numbers", "unknown"),
    [
        ("Deep [6].", (), 1),
        ("Deep [0].", (), 1),
        ("Deep [2019] [1].", (1,), 1),
        ("Deep [4-999999].", (4, 5), 1),
        ("Deep [3-1].", (), 1),
        ("Deep [1, 7, 8].", (1,), 2),
        ("Deep [1234567].", (), 0),  # too long to be the number of a passage
    ],
)
def test_passages_that_do_not_exist_are_dropped_and_counted(written: str, numbers: tuple, unknown: int) -> None:
    (sentence,) = cited_sentences(written, PASSAGES)
    assert (sentence.numbers, sentence.unknown) == (numbers, unknown)


@given(st.text(alphabet="abC .!?…\n[]\"'-*。", max_size=200))
def test_no_letter_is_lost(written: str) -> None:
    sentences = cited_sentences(written, PASSAGES)
    assert "".join(filter(str.isalpha, "".join(one.text for one in sentences))) == "".join(filter(str.isalpha, written))


@given(st.text(max_size=200), st.integers(0, 20))
def test_only_existing_passages_are_named(written: str, passages: int) -> None:
    for sentence in cited_sentences(written, passages):
        assert set(sentence.numbers) <= set(range(1, passages + 1))
        assert sentence.text


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("Deep bass [1]. And the mi", "Deep bass [1]."),
        ("Deep bass. [1] And the mi", "Deep bass. [1]"),
        ("Deep bass [1].", "Deep bass [1]."),
        ("Deep bass and", ""),
        ("", ""),
    ],
)
def test_what_was_not_written_to_its_end_is_cut_off(written: str, whole: str) -> None:
    assert whole_sentences(written) == whole
