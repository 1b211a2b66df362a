import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qa_system.training.distillation import Teachers

TOKENS = 5
LOGITS = arrays(np.float32, (2, 2, TOKENS), elements=st.floats(-20, 20, width=32))
FORBIDDEN = torch.tensor([[False, True, False, False, False], [False, True, True, False, True]])


class Reader:
    """Has its logits by heart."""

    def __init__(self, logits):
        self._logits = logits

    def logits(self, windows):
        return tuple(self._logits)


def loss(student, *teachers, temperature=2.0):
    return Teachers([Reader(each) for each in teachers], temperature=temperature).loss(
        [], torch.from_numpy(np.array(student)), FORBIDDEN
    )


def distributions(logits, temperature):
    """Start and end, window by window, over the tokens that are allowed."""
    for kind in torch.from_numpy(logits):
        for row, forbidden in zip(kind, FORBIDDEN, strict=True):
            yield (row[~forbidden].double() / temperature).softmax(-1)


@given(LOGITS, LOGITS, st.sampled_from([0.5, 1.0, 2.0, 4.0]))
def test_is_the_mean_divergence_times_the_square_of_the_temperature(student, teacher, temperature):
    pairs = zip(distributions(student, temperature), distributions(teacher, temperature), strict=True)
    expected = np.mean([float((p * (p / q).log()).sum()) for q, p in pairs]) * temperature**2
    assert float(loss(student, teacher, temperature=temperature)) == pytest.approx(expected, rel=1e-3, abs=1e-3)


@given(LOGITS, LOGITS, st.floats(-5, 5, width=32))
def test_only_the_odds_between_allowed_tokens_count(student, teacher, shift):
    changed = np.where(FORBIDDEN, np.float32(100), teacher + np.float32(shift))
    assert float(loss(student, changed)) == pytest.approx(float(loss(student, teacher)), abs=1e-3)


def test_a_student_that_agrees_has_nothing_to_learn():
    logits = np.random.default_rng(0).normal(size=(2, 2, TOKENS)).astype(np.float32)
    student = torch.tensor(logits, requires_grad=True)
    found = Teachers([Reader(logits)], temperature=2.0).loss([], student, FORBIDDEN)
    found.backward()
    assert found.item() == pytest.approx(0.0, abs=1e-6)
    assert student.grad.abs().max() == pytest.approx(0.0, abs=1e-6)


def test_several_teachers_are_averaged_and_not_their_logits():
    certain = np.zeros((2, 2, TOKENS), dtype=np.float32)
    certain[..., 0] = 30
    unsure = np.zeros_like(certain)
    middle = np.zeros_like(certain)
    for row, allowed in enumerate((~FORBIDDEN).sum(-1).tolist()):
        share = (1 + 1 / allowed) / 2  # of the first token, on average
        middle[:, row, 0] = np.log(share / (1 - share) * (allowed - 1))
    assert float(loss(middle, certain, unsure, temperature=1.0)) == pytest.approx(0.0, abs=1e-5)
