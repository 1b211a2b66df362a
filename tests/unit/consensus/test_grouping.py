from collections.abc import Callable

import numpy as np
import pytest

from qa_system.consensus.grouping import same_facts
from qa_system.consensus.numbers import may_agree, numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("it's 6, 7 if you're lucky", {6, 7}),
        ("1,200 g, or 1.62 kilos", {1200, 1.62}),
        ("thirty settings, twenty-five of them useful", {30, 25}),
        ("two point three kilos", {2.3}),
        ("one and a half litres", {1.5}),
        ("a metre and a half", {1.5}),
        ("3 and a half", {3.5}),
        ("this is the one", set()),
        ("no number at all", set()),
    ],
)
def test_numbers(text: str, numbers: set[float]) -> None:
    assert numbers_in(text) == numbers


def test_numbers_agree_where_one_is_shared_nearly() -> None:
    assert may_agree(frozenset({1.6}), frozenset({1.62, 3}))
    assert may_agree(frozenset(), frozenset({3}))
    assert not may_agree(frozenset({6}), frozenset({8}))


def test_the_same_numbers_and_words_are_one_fact(encode: Callable) -> None:
    texts = ["about 30 hours", "thirty hours about", "about 20 hours", "micro usb", "a micro usb"]
    assert same_facts(texts, encode) == [0, 0, 1, 2, 2]


def test_no_span_of_a_group_contradicts_another() -> None:
    same = np.ones((3, 1), dtype=np.float32)
    groups = same_facts(["6 hours", "hours", "8 hours"], lambda texts: same)
    assert groups[0] != groups[2]


def test_one_span_and_none(encode: Callable) -> None:
    assert same_facts(["6 hours"], encode) == [0]
    assert same_facts([], encode) == []
