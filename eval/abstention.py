"""Whether a system knows when it does not know: the threshold to abstain at, risk against coverage, calibration."""

import math

import numpy as np
from numpy.typing import ArrayLike

from qa_system.eval.scorecard import Curve


def best_f1_threshold(no_answer_score: ArrayLike, forced_f1: ArrayLike, answerable: ArrayLike) -> tuple[float, float]:
    """
    Find the threshold that would have given the best mean F1: SQuAD 2's "best F1" (Rajpurkar et al. 2018).

    It is chosen on the questions it is scored on, so it is an upper bound of what any threshold reaches, no result.

    :param no_answer_score: The probability that the reviews do not answer, shape `[questions]`. Minus infinity for a
        question that failed: no threshold abstains on it.
    :param forced_f1: F1 of the best span, abstention ignored, shape `[questions]`; 0 where there is no answer to find.
    :param answerable: Whether there is one, shape `[questions]`.
    :returns: The threshold, above which one abstains, and the F1 it gives. Of several thresholds the lowest; minus
        infinity where it is best to abstain always. Both NaN over no questions.
    """
    scores, gains = np.asarray(no_answer_score, dtype=np.float64), np.asarray(forced_f1, dtype=np.float64)
    if not scores.size:
        return math.nan, math.nan
    abstained_f1 = ~np.asarray(answerable, dtype=bool)
    order = np.argsort(scores, kind="stable")
    thresholds = np.append(-np.inf, scores[order])
    totals = abstained_f1.sum() + np.append(0.0, np.cumsum((gains - abstained_f1)[order]))
    last_of_equals = np.append(thresholds[1:] > thresholds[:-1], True)
    thresholds, totals = thresholds[last_of_equals], totals[last_of_equals]
    best = int(np.argmax(totals))
    return float(thresholds[best]), float(totals[best] / scores.size)


def risk_coverage(confidence: ArrayLike, risk: ArrayLike) -> Curve:
    """
    Draw how often a system is wrong when it answers only what it is surest of (Geifman & El-Yaniv 2017).

    :param confidence: In the answer, larger is surer, shape `[questions]`. Questions of equal confidence come in random
        order: the curve is the mean over all their orders.
    :param risk: What is lost by answering, in [0, 1], shape `[questions]`.
    :returns: At each coverage, the share of questions answered, the mean risk of these; shape `[questions]`.
    """
    _, group = np.unique(-np.asarray(confidence, dtype=np.float64), return_inverse=True)
    group_risk = np.bincount(group, weights=np.asarray(risk, dtype=np.float64)) / np.bincount(group)
    answered = np.arange(1, group.size + 1)
    return Curve(x=answered / group.size, y=np.cumsum(group_risk[np.sort(group)]) / answered)


def area_under_risk_coverage(confidence: ArrayLike, risk: ArrayLike) -> float:
    """
    Average the risk over all coverages: AURC (Geifman & El-Yaniv 2017), smaller is better.

    :param confidence: In the answer, larger is surer, shape `[questions]`; see `risk_coverage` for equal ones.
    :param risk: What is lost by answering, in [0, 1], shape `[questions]`.
    :returns: The area, in [0, 1]. A useless confidence gives the mean risk. NaN over no questions.
    """
    curve = risk_coverage(confidence, risk)
    return float(curve.y.mean()) if curve.y.size else math.nan


def reliability(probability: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> Curve:
    """
    Compare what a system promises with what comes true.

    :param probability: That the event happens, in [0, 1], shape `[questions]`.
    :param correct: Whether it did, shape `[questions]`.
    :param bins: How many bins of equal width; those without a question are left out.
    :returns: For each bin, from the lowest, its mean probability, the share that came true, and its questions.
    """
    promised, kept = np.asarray(probability, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    _, bin_of, count = np.unique(
        np.clip(np.floor(promised * bins), 0, bins - 1), return_inverse=True, return_counts=True
    )
    return Curve(
        x=np.bincount(bin_of, weights=promised) / count,
        y=np.bincount(bin_of, weights=kept) / count,
        weight=count,
    )


def expected_calibration_error(probability: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> float:
    """
    Measure how far promises are from what comes true: ECE (Naeini et al. 2015; Guo et al. 2017).

    :param probability: That the event happens, in [0, 1], shape `[questions]`.
    :param correct: Whether it did, shape `[questions]`.
    :param bins: How many bins of equal width.
    :returns: The distance between the two in each bin of `reliability`, averaged over questions; in [0, 1], smaller is
        better. NaN over no questions.
    """
    curve = reliability(probability, correct, bins=bins)
    return float(np.average(np.abs(curve.x - curve.y), weights=curve.weight)) if curve.x.size else math.nan
