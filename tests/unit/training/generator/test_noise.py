from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.training.generator.noise import Noise

MASK, STOP = 1, 2
TEXTS = st.lists(st.integers(STOP, 20), max_size=60)


def noise(*, masked=0.3, span=3.0):
    return Noise(mask=MASK, ends=(STOP,), masked=masked, span=span)


@given(st.lists(st.lists(st.integers(STOP + 1, 20), max_size=8), max_size=8), st.integers())
def test_without_masks_whole_sentences_are_shuffled(sentences, seed):
    tokens = [token for sentence in sentences for token in (*sentence, STOP)]
    found = noise(masked=0.0).disturbed(tokens, Random(seed))
    assert sorted(sentences_of(found)) == sorted(sentences)
    assert Counter(found) == Counter(tokens)


def test_sentences_come_in_another_order():
    tokens = [3, STOP, 4, STOP, 5, STOP, 6]
    assert {tuple(noise(masked=0.0).disturbed(tokens, Random(seed))) for seed in range(9)} - {tuple(tokens)}


@given(TEXTS, st.integers())
def test_what_is_not_masked_keeps_its_order(tokens, seed):
    one_sentence = [token for token in tokens if token != STOP]
    found = [token for token in noise(masked=0.5).disturbed(one_sentence, Random(seed)) if token != MASK]
    rest = iter(one_sentence)
    assert all(token in rest for token in found)


@pytest.mark.parametrize(("masked", "span"), [(0.3, 3.0), (0.5, 3.0), (0.2, 1.5)])
def test_as_much_is_masked_as_was_asked_for(masked, span):
    tokens, random = [5] * 1000, Random(0)
    found = [noise(masked=masked, span=span).disturbed(tokens, random) for _ in range(20)]
    kept = sum(text.count(5) for text in found) / 20_000
    assert 1 - kept == pytest.approx(masked, abs=0.05)


def test_the_same_chance_disturbs_in_the_same_way():
    tokens = list(range(3, 60))
    assert noise().disturbed(tokens, Random(1)) == noise().disturbed(tokens, Random(1))
    assert noise().disturbed(tokens, Random(1)) != noise().disturbed(tokens, Random(2))


def sentences_of(tokens):
    """Divide after each end; all have one."""
    ends = [-1, *(place for place, token in enumerate(tokens) if token == STOP)]
    return [tokens[before + 1 : end] for before, end in pairwise(ends)]
