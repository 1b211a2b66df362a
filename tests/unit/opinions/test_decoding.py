import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qa_system.opinions.decoding import Aspect, aspects, polarity, softmax
from qa_system.opinions.labels import BEGIN, INSIDE, LABELS, NEGATIVE, NEUTRAL, OUTSIDE, POSITIVE, WEIGHT

SURE = 8.0


def logits(*tags):
    table = np.zeros((len(tags), len(LABELS)), dtype=np.float32)
    table[np.arange(len(tags)), tags] = SURE
    return table


@given(arrays(np.float32, st.tuples(st.integers(1, 6), st.just(len(LABELS))), elements=st.floats(-50, 50, width=32)))
def test_polarities_are_probabilities(table):
    found = polarity(table, temperature=1.5)
    assert found.dtype == np.float32
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1.0, abs=1e-5)


def test_the_tokens_that_weigh_more_decide():
    table = logits(NEGATIVE, POSITIVE)
    assert polarity(table, temperature=1.0)[NEGATIVE] == pytest.approx(polarity(table, temperature=1.0)[POSITIVE])
    table[1, WEIGHT] = SURE
    assert polarity(table, temperature=1.0).argmax() == POSITIVE


def test_a_higher_temperature_is_less_sure():
    table = logits(NEGATIVE)
    assert polarity(table, temperature=4.0).max() < polarity(table, temperature=1.0).max()


def test_a_text_without_tokens_is_neutral():
    assert polarity(np.zeros((0, len(LABELS))), temperature=1.0).argmax() == NEUTRAL


def test_huge_logits_do_not_overflow():
    assert softmax(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]


def test_aspects_are_the_words_with_tags():
    text = "The battery life is great, the screen too"
    places = [(0, 3), (4, 11), (12, 16), (17, 19), (20, 25), (25, 26), (27, 30), (31, 37), (38, 41)]
    found = aspects(text, places, logits(OUTSIDE, BEGIN, INSIDE, *[OUTSIDE] * 4, INSIDE, OUTSIDE))
    assert [one[:3] for one in found] == [("battery life", 4, 16), ("screen", 31, 37)]
    assert all(0.99 < one.score <= 1.0 for one in found)
    assert isinstance(found[0], Aspect)


def test_two_aspects_may_stand_side_by_side():
    found = aspects("bass treble", [(0, 4), (5, 11)], logits(BEGIN, BEGIN))
    assert [one.text for one in found] == ["bass", "treble"]


def test_an_aspect_ends_with_its_word():
    found = aspects("headphones", [(0, 4), (4, 10)], logits(BEGIN, OUTSIDE))
    assert [one[:3] for one in found] == [("headphones", 0, 10)]


def test_a_hyphen_is_a_word_of_its_own():
    found = aspects("e-book", [(0, 1), (1, 2), (2, 6)], logits(BEGIN, INSIDE, INSIDE))
    assert [one.text for one in found] == ["e-book"]


def test_tokens_of_two_windows_are_one_token():
    both = np.concatenate([logits(OUTSIDE, BEGIN), logits(BEGIN, OUTSIDE)])
    both[2, BEGIN] = 2 * SURE
    both[1, BEGIN] = both[2, BEGIN]
    found = aspects("a bass is", [(0, 1), (2, 6), (2, 6), (7, 9)], both)
    assert [one.text for one in found] == ["bass"]


def test_no_token_no_aspect():
    assert aspects("", [], np.zeros((0, len(LABELS)))) == []
