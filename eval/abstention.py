"""Whether a system knows when it does not know: the threshold to abstain at, risk against coverage, calibration."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma

from qa_system.eval.scorecard import Curve

Values = NDArray[np.float64]
"""One value for each resample, shape `[...]`."""


def best_f1_threshold(
    no_answer_score: ArrayLike, forced_f1: ArrayLike, answerable: ArrayLike, *, times: ArrayLike = 1
) -> tuple[Values, Values]:
    """
    Find the threshold that would have given the best mean F1: SQuAD 2's "best F1" (Rajpurkar et al. 2018).

    It is chosen on the questions it is scored on, so it is an upper bound of what any threshold reaches, no result.

    :param no_answer_score: The probability that the reviews do not answer, shape `[questions]`. Minus infinity for a
        question that failed: no threshold abstains on it.
    :param forced_f1: F1 of the best span, abstention ignored, shape `[questions]`; 0 where there is no answer to find.
    :param answerable: Whether there is one, shape `[questions]`.
    :param times: How often each question counts, in each of several resamples, shape `[..., questions]`.
    :returns: The threshold, above which one abstains, and the F1 it gives. Of several thresholds the lowest; minus
        infinity where it is best to abstain always. Both NaN over no questions.
    """
    scores, gains = np.asarray(no_answer_score, dtype=np.float64), np.asarray(forced_f1, dtype=np.float64)
    counts = _counts(times, scores)
    if not scores.size:
        return _unknown(counts), _unknown(counts)
    abstained_f1 = ~np.asarray(answerable, dtype=bool)
    order = np.argsort(scores, kind="stable")
    thresholds = np.append(-np.inf, scores[order])
    gained = np.cumsum((counts * (gains - abstained_f1))[..., order], axis=-1)
    totals = np.insert(gained, 0, 0.0, axis=-1) + (counts @ abstained_f1)[..., np.newaxis]
    last_of_equals = np.append(thresholds[1:] > thresholds[:-1], True)
    thresholds, totals = thresholds[last_of_equals], totals[..., last_of_equals]
    return thresholds[np.argmax(totals, axis=-1)], totals.max(axis=-1) / counts.sum(axis=-1)


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


def area_under_risk_coverage(confidence: ArrayLike, risk: ArrayLike, *, times: ArrayLike = 1) -> Values:
    """
    Average the risk over all coverages: AURC (Geifman & El-Yaniv 2017), smaller is better.

    :param confidence: In the answer, larger is surer, shape `[questions]`; see `risk_coverage` for equal ones.
    :param risk: What is lost by answering, in [0, 1], shape `[questions]`.
    :param times: How often each question counts, in each of several resamples, shape `[..., questions]`.
    :returns: The area, in [0, 1]. A useless confidence gives the mean risk. NaN over no questions.
    """
    sure, lost = np.asarray(confidence, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    counts = _counts(times, sure)
    if not sure.size:
        return _unknown(counts)
    order = np.argsort(-sure, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(sure[order]) < 0))
    answered, risks = (np.add.reduceat(each[..., order], starts, axis=-1) for each in (counts, counts * lost))
    until, risks_until = np.cumsum(answered, axis=-1), np.cumsum(risks, axis=-1)
    before, risks_before = until - answered, risks_until - risks
    # Among n equals the j-th answer has the risk r of all: the sum over j of (risks_before + j r) / (before + j).
    risk_each = np.divide(risks, answered, out=np.zeros_like(risks), where=answered > 0)
    harmonic = digamma(until + 1) - digamma(before + 1)
    return (risks + (risks_before - before * risk_each) * harmonic).sum(axis=-1) / counts.sum(axis=-1)


def reliability(probability: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> Curve:
    """
    Compare what a system promises with what comes true.

    :param probability: That the event happens, in [0, 1], shape `[questions]`.
    :param correct: Whether it did, shape `[questions]`.
    :param bins: How many bins of equal width; those without a question are left out.
    :returns: For each bin, from the lowest, its mean probability, the share that came true, and its questions.
    """
    promised, kept = np.asarray(probability, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    _, bin_of, count = np.unique(_bin(promised, bins), return_inverse=True, return_counts=True)
    return Curve(
        x=np.bincount(bin_of, weights=promised) / count,
        y=np.bincount(bin_of, weights=kept) / count,
        weight=count,
    )


def expected_calibration_error(
    probability: ArrayLike, correct: ArrayLike, *, bins: int = 10, times: ArrayLike = 1
) -> Values:
    """
    Measure how far promises are from what comes true: ECE (Naeini et al. 2015; Guo et al. 2017).

    :param probability: That the event happens, in [0, 1], shape `[questions]`.
    :param correct: Whether it did, shape `[questions]`.
    :param bins: How many bins of equal width.
    :param times: How often each question counts, in each of several resamples, shape `[..., questions]`.
    :returns: The distance between the two in each bin of `reliability`, averaged over questions; in [0, 1], smaller is
        better. NaN over no questions.
    """
    promised, kept = np.asarray(probability, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    counts = _counts(times, promised)
    if not promised.size:
        return _unknown(counts)
    gaps = (promised - kept)[:, np.newaxis] * (_bin(promised, bins)[:, np.newaxis] == np.arange(bins))
    return np.abs(counts @ gaps).sum(axis=-1) / counts.sum(axis=-1)


def _bin(probability: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    return np.clip(np.floor(probability * bins), 0, bins - 1)


def _counts(times: ArrayLike, questions: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(times, dtype=np.float64) * np.ones(questions.size)


def _unknown(counts: NDArray[np.float64]) -> Values:
    return np.full(counts.shape[:-1], np.nan)
