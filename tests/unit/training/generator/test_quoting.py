from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.marking import mark_shares
from qa_system.training.generator.locating import NOWHERE
from qa_system.training.generator.quoting import marking, place_to_quote

SPECIAL = frozenset({0, 1})


@given(st.lists(st.integers(0, 4), max_size=12), st.randoms(use_true_random=False))
def test_what_is_quoted_are_neighbours_none_of_them_special(tokens: list[int], random: Random) -> None:
    tokens = [0, *tokens, 0]
    first, last = place_to_quote(tokens, SPECIAL, random)
    if set(tokens) <= SPECIAL:
        assert (first, last) == NOWHERE
    else:
        assert 0 < first <= last
        assert SPECIAL.isdisjoint(tokens[first : last + 1])


def test_everything_is_quoted_some_time() -> None:
    tokens = [0, 7, 8, 9, 1, 7, 0]
    found = {place_to_quote(tokens, SPECIAL, Random(seed)) for seed in range(200)}
    assert found == {(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3), (5, 5)}


def test_a_place_is_marked_as_surely_as_no_answer_is_not() -> None:
    places = [(2, 4), (1, 1), NOWHERE]
    begins, goes_on, ends = mark_shares(marking(places, 6, Random(0))).unbind(-1)
    for row, (first, last) in enumerate(places[:2]):
        sure = begins[row, first].item()
        assert 0 < sure < 1
        assert ends[row, last].item() == pytest.approx(sure)
        assert goes_on[row, first : last + 1].tolist() == pytest.approx([sure] * (last - first + 1))
        assert begins[row].sum().item() == pytest.approx(1)
        assert begins[row, 0].item() == ends[row, 0].item() == pytest.approx(1 - sure)
    assert torch.equal(begins[2], torch.tensor([1.0, 0, 0, 0, 0, 0]))
