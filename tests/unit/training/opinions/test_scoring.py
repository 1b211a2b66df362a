import numpy as np
import pytest

from qa_system.opinions.decoding import softmax
from qa_system.opinions.model import Aspect
from qa_system.training.opinions.scoring import aspect_f1, fitted_temperature, macro_f1
from qa_system.training.opinions.statements import Tagged


def aspect(start, end):
    return Aspect("", start, end, 1.0)


def test_the_rare_polarity_counts_as_much():
    assert macro_f1([0, 1, 2], [0, 1, 2]) == 1.0
    assert macro_f1([2] * 9 + [0], [2] * 10) == pytest.approx(0.4737, abs=1e-4)


def test_an_aspect_is_right_at_its_exact_place():
    texts = [Tagged("", ((0, 4), (10, 14)), ((20, 24),)), Tagged("", (), ())]
    assert aspect_f1(texts, [[aspect(0, 4), aspect(10, 14)], []]) == 1.0
    assert aspect_f1(texts, [[aspect(0, 4), aspect(20, 24)], []]) == pytest.approx(2 / 3)
    assert aspect_f1(texts, [[aspect(0, 5)], [aspect(1, 2)]]) == 0.0
    assert aspect_f1([], []) == 0.0


def test_the_temperature_that_was_is_found():
    random = np.random.default_rng(0)
    logits = random.normal(size=(4000, 3)) * 2
    likely = softmax(logits / 2.5)
    truth = np.array([random.choice(3, p=row) for row in likely])
    assert fitted_temperature(softmax(logits), truth) == pytest.approx(2.5, rel=0.1)
