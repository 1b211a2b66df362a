import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.reading.traits import Calibration
from qa_system.training.calibration import Judged, by_style, calibrated


def drawn(threshold, temperature, count=20_000, style="plain"):
    random = np.random.default_rng(0)
    logits = random.normal(threshold, 5 * temperature, count)
    answerable = random.random(count) < 1 / (1 + np.exp(-(logits - threshold) / temperature))
    return [Judged(style, *one) for one in zip(logits.tolist(), answerable.tolist(), strict=True)]


def pair(calibration):
    return calibration.threshold, calibration.temperature


@pytest.mark.parametrize(("threshold", "temperature"), [(0.0, 1.0), (-3.0, 0.5), (4.0, 2.9)])
def test_finds_the_line_that_the_labels_were_drawn_from(threshold, temperature):
    assert pair(calibrated(drawn(threshold, temperature))) == pytest.approx(
        (threshold, temperature), abs=0.15 * temperature
    )


def test_the_share_of_unanswerable_questions_does_not_move_it():
    judged = drawn(2.0, 1.5)
    fewer = [one for place, one in enumerate(judged) if not one.answerable or place % 10 == 0]
    assert pair(calibrated(fewer)) == pytest.approx(pair(calibrated(judged)), abs=0.3)


def test_each_style_with_enough_questions_is_fitted_on_its_own():
    judged = [*drawn(4.0, 2.0), *drawn(-3.0, 1.0, style="opinion"), *drawn(0.0, 1.0, 30, style="rare")]
    found = by_style(judged)
    assert sorted(found) == ["opinion", "plain"]
    assert pair(found["plain"]) == pytest.approx((4.0, 2.0), abs=0.3)
    assert pair(found["opinion"]) == pytest.approx((-3.0, 1.0), abs=0.15)


def test_the_only_style_is_the_calibration_of_all():
    assert by_style(drawn(4.0, 2.0)) == {}


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), max_size=30))
def test_whatever_the_logits_the_fit_is_finite_and_the_temperature_positive(pairs):
    threshold, temperature = pair(calibrated([Judged("plain", *one) for one in pairs]))
    assert np.isfinite(threshold)
    assert np.isfinite(temperature)
    assert temperature > 0


@pytest.mark.parametrize(("answerable", "words"), [([True, True], "all"), ([False, False], "none"), ([], "none")])
def test_one_kind_of_question_is_not_fitted_and_said(caplog, answerable, words):
    assert calibrated([Judged("plain", 1.0, one) for one in answerable]) == Calibration(0.0, 1.0)
    assert f"of {len(answerable)} {words} have one" in caplog.text


def test_logits_that_mean_the_opposite_are_not_fitted_and_said(caplog):
    judged = [Judged("plain", logit, logit < 0) for logit in (3.0, 2.0, -2.0, -3.0)]
    assert calibrated(judged) == Calibration(0.0, 1.0)
    assert "an answer less often" in caplog.text
