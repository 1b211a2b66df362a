import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.training.calibration import calibrated


def drawn(threshold, temperature, count=20_000):
    random = np.random.default_rng(0)
    logits = random.normal(threshold, 5 * temperature, count)
    return logits, random.random(count) < 1 / (1 + np.exp(-(logits - threshold) / temperature))


@pytest.mark.parametrize(("threshold", "temperature"), [(0.0, 1.0), (-3.0, 0.5), (4.0, 2.9)])
def test_finds_the_line_that_the_labels_were_drawn_from(threshold, temperature):
    found = calibrated(*drawn(threshold, temperature))
    assert found == pytest.approx((threshold, temperature), abs=0.15 * temperature)


def test_the_share_of_unanswerable_questions_does_not_move_it():
    logits, answerable = drawn(2.0, 1.5)
    fewer = ~answerable | (np.arange(len(logits)) % 10 == 0)
    assert calibrated(logits[fewer], answerable[fewer]) == pytest.approx(calibrated(logits, answerable), abs=0.3)


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), max_size=30))
def test_whatever_the_logits_the_fit_is_finite_and_the_temperature_positive(pairs):
    threshold, temperature = calibrated([logit for logit, _ in pairs], [answerable for _, answerable in pairs])
    assert np.isfinite(threshold)
    assert np.isfinite(temperature)
    assert temperature > 0


@pytest.mark.parametrize(("answerable", "words"), [([True, True], "all"), ([False, False], "none"), ([], "none")])
def test_one_kind_of_question_is_not_fitted_and_said(caplog, answerable, words):
    assert calibrated([1.0, 2.0][: len(answerable)], answerable) == (0.0, 1.0)
    assert f"of {len(answerable)} {words} have one" in caplog.text


def test_logits_that_mean_the_opposite_are_not_fitted_and_said(caplog):
    assert calibrated([3.0, 2.0, -2.0, -3.0], [False, False, True, True]) == (0.0, 1.0)
    assert "an answer less often" in caplog.text
