import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from qa_system.eval.abstention import (
    area_under_risk_coverage,
    best_f1_threshold,
    expected_calibration_error,
    reliability,
    risk_coverage,
)

each_example = settings(max_examples=100)
steps = st.integers(0, 6).map(lambda sixth: sixth / 6)
shares = st.floats(0, 1)


def columns(*kinds, most=12):
    """Columns of equal length, one for each kind of value."""
    return st.lists(st.tuples(*kinds), min_size=1, max_size=most).map(lambda rows: tuple(map(np.array, zip(*rows))))  # noqa: B905


def f1_at(threshold, scores, forced_f1, answerable):
    return np.mean(np.where(scores > threshold, ~answerable, forced_f1))


@each_example
@given(columns(steps, shares, st.booleans()))
def test_no_threshold_is_better_than_the_best(question_columns):
    scores, forced_f1, answerable = question_columns
    forced_f1 = np.where(answerable, forced_f1, 0)
    threshold, best = best_f1_threshold(scores, forced_f1, answerable)
    every = [f1_at(other, scores, forced_f1, answerable) for other in [-np.inf, *scores]]
    assert best == pytest.approx(max(every))
    assert best == pytest.approx(f1_at(threshold, scores, forced_f1, answerable))


def test_best_threshold_by_hand():
    assert best_f1_threshold([0.2, 0.4, 0.6], [1, 0, 0.5], [True, False, True]) == (0.2, pytest.approx(2 / 3))
    assert best_f1_threshold([0.2, 0.4, 0.9], [1, 0.5, 0], [True, True, False]) == (0.4, pytest.approx(2.5 / 3))


def test_best_threshold_does_not_part_equal_scores():
    assert best_f1_threshold([0.5, 0.5, 0.5], [1, 0, 0], [True, False, False]) == (-math.inf, pytest.approx(2 / 3))


def test_best_threshold_of_a_failed_question_never_abstains():
    assert best_f1_threshold([-math.inf, 0.5], [0, 0], [False, False]) == (-math.inf, 0.5)


def test_of_equally_good_thresholds_the_lowest_is_taken():
    assert best_f1_threshold([0.1, 0.2], [0, 0], [True, True]) == (-math.inf, 0)


def mean_area_over_orders(confidence, risk):
    """Rank every way that puts no surer question behind a less sure one; average the area."""
    areas = [
        np.mean(np.cumsum(risk[list(order)]) / np.arange(1, len(order) + 1))
        for order in permutations(range(len(risk)))
        if all(confidence[earlier] >= confidence[later] for earlier, later in pairwise(order))
    ]
    return np.mean(areas)


@each_example
@given(columns(st.sampled_from([0.1, 0.5, 0.9]), shares, most=6))
def test_area_is_the_mean_over_all_orders_of_equals(question_columns):
    confidence, risk = question_columns
    assert area_under_risk_coverage(confidence, risk) == pytest.approx(mean_area_over_orders(confidence, risk))


@each_example
@given(columns(steps, shares))
def test_the_curve_ends_at_full_coverage_with_the_mean_risk(question_columns):
    curve = risk_coverage(*question_columns)
    assert curve.x[-1] == 1
    assert curve.y[-1] == pytest.approx(question_columns[1].mean())
    assert np.all(np.diff(curve.x) > 0)


@each_example
@given(columns(shares))
def test_a_useless_confidence_gives_the_mean_risk_and_the_truth_the_least(risks):
    (risk,) = risks
    useless = area_under_risk_coverage(np.full(risk.size, 0.5), risk)
    assert useless == pytest.approx(risk.mean())
    assert area_under_risk_coverage(1 - risk, risk) <= useless + 1e-9
    assert area_under_risk_coverage(risk, risk) >= useless - 1e-9


@each_example
@given(columns(st.floats(0.001, 0.999).filter(lambda share: abs(share * 10 - round(share * 10)) > 1e-6), st.booleans()))
def test_reliability_is_that_of_scikit_learn(question_columns):
    probability, correct = question_columns
    came_true, promised = calibration_curve(correct, probability, n_bins=10)
    curve = reliability(probability, correct)
    assert curve.x == pytest.approx(promised)
    assert curve.y == pytest.approx(came_true)
    assert curve.weight.sum() == correct.size


def test_reliability_by_hand():
    curve = reliability([0.0, 0.05, 0.35, 0.9, 1.0], [0, 1, 1, 1, 1])
    assert curve.x.tolist() == pytest.approx([0.025, 0.35, 0.95])
    assert curve.y.tolist() == [0.5, 1, 1]
    assert curve.weight.tolist() == [2, 1, 2]
    expected = (2 * 0.475 + 0.65 + 2 * 0.05) / 5
    assert expected_calibration_error([0.0, 0.05, 0.35, 0.9, 1.0], [0, 1, 1, 1, 1]) == pytest.approx(expected)


@each_example
@given(columns(shares, st.booleans()), st.integers(1, 20))
def test_calibration_error_is_a_share_no_larger_than_the_mean_distance(question_columns, bins):
    probability, correct = question_columns
    error = expected_calibration_error(probability, correct, bins=bins)
    assert 0 <= error <= np.abs(probability - correct).mean() + 1e-9


def test_promises_that_come_true_have_no_calibration_error():
    probability = np.repeat([0.05, 0.25, 0.5, 0.75, 1.0], 100)
    correct = np.concatenate([np.arange(100) < 100 * share for share in (0.05, 0.25, 0.5, 0.75, 1.0)])
    assert expected_calibration_error(probability, correct) == pytest.approx(0)
    assert expected_calibration_error(1 - probability, correct) > 0.4


@each_example
@given(columns(steps, steps, st.booleans(), st.integers(0, 3)), st.integers(0, 11))
def test_a_question_that_counts_n_times_is_n_questions(question_columns, sure):
    probability, risk, truth, times = question_columns
    times[sure % times.size] += 1
    repeated, lost, true = (each.repeat(times) for each in (probability, risk, truth))
    both = np.stack([times, np.ones_like(times)])
    assert area_under_risk_coverage(probability, risk, times=both) == pytest.approx(
        [area_under_risk_coverage(repeated, lost), area_under_risk_coverage(probability, risk)]
    )
    assert expected_calibration_error(probability, truth, times=both) == pytest.approx(
        [expected_calibration_error(repeated, true), expected_calibration_error(probability, truth)]
    )
    assert best_f1_threshold(probability, risk, truth, times=both)[1] == pytest.approx(
        [best_f1_threshold(repeated, lost, true)[1], best_f1_threshold(probability, risk, truth)[1]]
    )


@pytest.mark.filterwarnings("error")
def test_over_no_questions_nothing_is_known():
    assert np.isnan(best_f1_threshold([], [], [])).all()
    assert math.isnan(area_under_risk_coverage([], []))
    assert math.isnan(expected_calibration_error([], []))
    assert risk_coverage([], []).x.size == reliability([], []).x.size == 0
