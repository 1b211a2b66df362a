"""From logits of a model on validation data to the threshold and temperature that make them probabilities."""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_system.reading.traits import ModelTraits

logger = logging.getLogger(__name__)

_UNFITTED = ModelTraits()


def calibrated(logits: Sequence[float], answerable: Sequence[bool]) -> tuple[float, float]:
    """
    Fit threshold and temperature: a logistic regression of "has an answer" on the logit (Platt, 1999).

    Questions with and without an answer weigh the same in sum, as the share of unanswerable questions in a data set
    (SubjQA electronics: 0.61 in dev, 0.34 in test) says nothing about that among the passages of a shop. So a logit at
    the threshold is as likely with an answer as without. Platt's softened targets keep the fit finite where the two
    kinds do not overlap.

    :param logits: Best span against no answer, of each question.
    :param answerable: Whether an annotator marked an answer.
    :returns: Threshold and temperature, as `ModelTraits` has them. They are 0 and 1, with a warning, where one kind of
        question is missing or higher logits do not mean more answers.
    """
    from scipy.optimize import minimize

    x, truth = np.asarray(logits, dtype=np.float64), np.asarray(answerable, dtype=bool)
    if truth.all() or not truth.any():
        logger.warning(
            "The model is not calibrated: fitting takes validation questions with and without an answer, and of %d "
            "%s have one. Add a source that has both.",
            len(truth),
            "all" if len(truth) and truth.all() else "none",
        )
        return _UNFITTED.threshold, _UNFITTED.temperature
    scale = x.std() or 1.0
    slope, intercept = minimize(_loss, x0=(1.0, 0.0), args=(x / scale, truth)).x
    if slope <= 0:
        logger.warning("The model is not calibrated: where it is surer of an answer there is an answer less often.")
        return _UNFITTED.threshold, _UNFITTED.temperature
    return float(-intercept / slope * scale), float(scale / slope)


def _loss(line: NDArray[np.float64], logits: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Compute the cross-entropy of a line of log-odds, averaged over each kind of question and then over both."""
    odds = line[0] * logits + line[1]
    losses = [
        np.mean(np.logaddexp(0, odds[kind]) - goal * odds[kind])
        for kind, goal in ((truth, _softened(truth)), (~truth, 1 - _softened(~truth)))
    ]
    return float(np.mean(losses))


def _softened(kind: NDArray[np.bool_]) -> float:
    return (kind.sum() + 1) / (kind.sum() + 2)
