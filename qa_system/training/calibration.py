"""From logits of a model on validation data to the threshold and temperature that make them probabilities."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_system.reading.traits import Calibration

logger = logging.getLogger(__name__)

_UNFITTED = Calibration()

_FEWEST = 20
"""Questions with an answer, and as many without, that a style needs to be fitted on its own."""


class Judged(NamedTuple):
    """
    What a model made of a validation question.

    :param style: The question's style.
    :param logit: The best span's, against no answer.
    :param answerable: Whether an annotator marked an answer.
    """

    style: str
    logit: float
    answerable: bool


def by_style(judged: Sequence[Judged]) -> dict[str, Calibration]:
    """
    Fit each style of which there are enough questions on its own.

    :param judged: The validation questions.
    :returns: Calibrations by style; a style that is not among them is read as `calibrated` says of all.
    """
    styles: dict[str, list[Judged]] = {}
    for one in judged:
        styles.setdefault(one.style, []).append(one)
    return {style: calibrated(ones) for style, ones in sorted(styles.items()) if len(styles) > 1 and _enough(ones)}


def calibrated(judged: Sequence[Judged]) -> Calibration:
    """
    Fit threshold and temperature: a logistic regression of "has an answer" on the logit (Platt, 1999).

    Questions with and without an answer weigh the same in sum, as the share of unanswerable questions in a data set
    (SubjQA electronics: 0.61 in dev, 0.34 in test) says nothing about that among the passages of a shop. So a logit at
    the threshold is as likely with an answer as without. Platt's softened targets keep the fit finite where the two
    kinds do not overlap.

    :param judged: The validation questions.
    :returns: Threshold and temperature. They are 0 and 1, with a warning, where one kind of question is missing or
        higher logits do not mean more answers.
    """
    from scipy.optimize import minimize

    x = np.array([one.logit for one in judged], dtype=np.float64)
    truth = np.array([one.answerable for one in judged], dtype=bool)
    if truth.all() or not truth.any():
        logger.warning(
            "The model is not calibrated: fitting takes validation questions with and without an answer, and of %d "
            "%s have one. Add a source that has both.",
            len(truth),
            "all" if len(truth) and truth.all() else "none",
        )
        return _UNFITTED
    scale = x.std() or 1.0
    slope, intercept = minimize(_loss, x0=(1.0, 0.0), args=(x / scale, truth)).x
    if slope <= 0:
        logger.warning("The model is not calibrated: where it is surer of an answer there is an answer less often.")
        return _UNFITTED
    return Calibration(float(-intercept / slope * scale), float(scale / slope))


def _enough(judged: Sequence[Judged]) -> bool:
    answerable = sum(one.answerable for one in judged)
    return min(answerable, len(judged) - answerable) >= _FEWEST


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
