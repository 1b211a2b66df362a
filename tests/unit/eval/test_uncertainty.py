import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qa_system.eval.uncertainty import corrected, interval, intervals, paired_test

FEW = 199  # resamples: enough for properties that hold whatever is drawn

pytestmark = pytest.mark.filterwarnings("error")
each_example = settings(max_examples=50)
values = st.sampled_from([0.0, 0.25, 0.5, 1.0, math.nan]) | st.floats(0, 1)
items = st.sampled_from("abcdefg") | st.none()
rows = st.lists(st.tuples(values, values, items), max_size=30)


def columns(drawn):
    return [list(column) for column in zip(*drawn, strict=True)] or [[], [], []]


@each_example
@given(rows)
def test_the_interval_holds_the_mean_of_the_questions_it_applies_to(drawn):
    measured, _, clusters = columns(drawn)
    estimate = interval(measured, clusters, resamples=FEW)
    applies = [value for value in measured if not math.isnan(value)]
    assert estimate.count == len(applies)
    assert estimate.value == pytest.approx(np.mean(applies) if applies else math.nan, nan_ok=True)
    if not math.isnan(estimate.low):
        assert min(applies) - 1e-9 <= estimate.low <= estimate.value + 1e-9
        assert estimate.value - 1e-9 <= estimate.high <= max(applies) + 1e-9


@each_example
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(drawn, random):
    shuffled = random.sample(drawn, len(drawn))
    expected, found = (paired_test(*columns(each), resamples=FEW) for each in (drawn, shuffled))
    assert (found.value, found.low, found.high, found.count, found.p_value) == pytest.approx(
        (expected.value, expected.low, expected.high, expected.count, expected.p_value), nan_ok=True
    )


def test_a_measure_that_applies_nowhere_has_no_mean():
    for measured in ([], [math.nan, math.nan]):
        estimate = interval(measured, ["a", "b"][: len(measured)])
        assert np.isnan([estimate.value, estimate.low, estimate.high]).all()
        assert estimate.count == 0


def test_one_item_does_not_show_how_far_items_differ():
    estimate = interval([0, 1, 1, 0, math.nan], ["a", "a", "a", "a", "b"])
    assert (estimate.value, estimate.count) == (0.5, 4)
    assert np.isnan([estimate.low, estimate.high]).all()


def test_equal_values_leave_no_doubt():
    estimate = interval([0.3] * 9, list("aabbbbccc"))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.3, 0.3, 0.3))


def test_means_that_share_their_draws_are_those_of_each_alone():
    chance = np.random.default_rng(5)
    columns, clusters = chance.random((3, 60)), [number // 4 for number in range(60)]
    for column, shared in zip(columns, intervals(columns, clusters), strict=True):
        alone = interval(column, clusters)
        assert (shared.value, shared.count) == (pytest.approx(alone.value), alone.count)
        assert (shared.low, shared.high) == pytest.approx((alone.low, alone.high), abs=0.005)


def test_the_interval_is_that_of_scipy():
    chance = np.random.default_rng(5)
    column = chance.random(60)
    theirs = stats.bootstrap((column,), np.mean, n_resamples=9_999, method="percentile", rng=1).confidence_interval
    ours = interval(column, range(60))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_questions_about_no_item_stand_alone():
    alone = interval([0, 1, 1, 0], [None] * 4)
    assert alone == interval([0, 1, 1, 0], list("abcd"))
    assert alone.low < alone.high


def test_a_wider_level_and_related_questions_widen_the_interval():
    measured, clusters = np.tile([0.0, 1.0, 1.0, 0.0], 10).repeat(5), np.arange(40).repeat(5).tolist()

    def width(estimate):
        return estimate.high - estimate.low

    assert width(interval(measured, clusters)) > 1.5 * width(interval(measured, range(200)))
    assert width(interval(measured, clusters, level=0.99)) > width(interval(measured, clusters))


def test_the_seed_decides_and_is_respected():
    measured, clusters = np.linspace(0, 1, 40) ** 2, [number // 3 for number in range(40)]
    assert interval(measured, clusters) == interval(measured, clusters, rng=0) != interval(measured, clusters, rng=1)


def clustered_questions(rng):
    """Answers on 40 items of one to five questions; the items differ, so the mean of all is 0.5 and its doubt large."""
    sizes = rng.integers(1, 6, 40)
    return rng.random(sizes.sum()) < rng.beta(1, 1, 40).repeat(sizes), np.arange(40).repeat(sizes).tolist()


def test_intervals_hold_the_truth_as_often_as_promised():
    rng = np.random.default_rng(7)
    drawn = [interval(*clustered_questions(rng), resamples=999, rng=rng) for _ in range(300)]
    held = np.mean([estimate.low <= 0.5 <= estimate.high for estimate in drawn])
    assert 0.91 <= held <= 0.98


@each_example
@given(rows)
def test_identical_systems_do_not_differ(drawn):
    measured, _, clusters = columns(drawn)
    difference = paired_test(measured, measured, clusters, resamples=FEW)
    assert difference.p_value == 1
    assert difference.count == sum(not math.isnan(value) for value in measured)
    if difference.count:
        assert difference.value == 0


@each_example
@given(rows)
def test_swapping_the_systems_turns_the_sign(drawn):
    first, second, clusters = columns(drawn)
    one, other = (
        paired_test(first, second, clusters, resamples=FEW),
        paired_test(second, first, clusters, resamples=FEW),
    )
    assert one.value == pytest.approx(-other.value, nan_ok=True)
    assert one.count == other.count == sum(not math.isnan(a - b) for a, b in zip(first, second, strict=True))
    assert 0 < one.p_value <= 1


def exact_p_value(sums):
    """Try all ways to swap the systems on each item."""
    null = [float(np.dot(signs, sums)) for signs in product((-1, 1), repeat=len(sums))]
    as_large, as_small = (np.mean([sign * each >= sign * sum(sums) - 1e-9 for each in null]) for sign in (1, -1))
    return min(1, 2 * min(as_large, as_small))


@settings(max_examples=25)
@given(st.lists(st.integers(-4, 4).map(float), min_size=2, max_size=8))
def test_the_p_value_is_near_that_of_trying_all_swaps(differences):
    found = paired_test(differences, np.zeros(len(differences)), range(len(differences)))
    assert found.p_value == pytest.approx(exact_p_value(differences), abs=0.035)


def test_systems_are_swapped_item_by_item():
    first, second = np.ones(60), np.zeros(60)
    assert paired_test(first, second, [number % 3 for number in range(60)]).p_value > 0.2
    assert paired_test(first, second, range(60)).p_value < 0.001
    assert paired_test(first, second, ["a"] * 60).p_value == 1


def test_under_no_difference_small_p_values_are_as_rare_as_they_claim():
    rng = np.random.default_rng(3)
    p_values = [
        paired_test(rng.random(60), rng.random(60), np.arange(60) // 3, resamples=FEW, rng=rng).p_value
        for _ in range(300)
    ]
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.09


def test_p_values_are_corrected_for_any_dependence():
    assert corrected([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert corrected([0.03]) == [0.03]
    assert corrected([]) == []


p_values_of_comparisons = st.lists(st.sampled_from([0.0, 0.01, 0.04, 1.0]) | st.floats(0, 1), max_size=8)


@each_example
@given(p_values_of_comparisons)
def test_correction_is_between_none_and_that_of_bonferroni_and_keeps_the_order(p_values):
    found = corrected(p_values)
    assert all(raw <= after <= min(1, len(p_values) * raw) + 1e-12 for raw, after in zip(p_values, found, strict=True))
    assert [found[i] for i in np.argsort(p_values)] == sorted(found)


@each_example
@given(p_values_of_comparisons, st.randoms(use_true_random=False))
def test_correction_does_not_depend_on_the_order_of_comparisons(p_values, random):
    order = random.sample(range(len(p_values)), len(p_values))
    assert corrected([p_values[i] for i in order]) == [corrected(p_values)[i] for i in order]
