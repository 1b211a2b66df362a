"""How right polarities and aspects are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qa_system.opinions.decoding import softmax
from qa_system.opinions.model import Aspect
from qa_system.training.opinions.statements import Tagged


def macro_f1(truth: ArrayLike, found: ArrayLike) -> float:
    """
    Compute the mean F1 of the polarities that there are, so that the rare ones count as much as the common one.

    :param truth: What is right, shape `(texts,)`.
    :param found: What was found.
    :returns: In [0, 1].
    """
    from sklearn.metrics import f1_score

    return float(f1_score(truth, found, labels=np.unique(truth), average="macro", zero_division=0.0))


def aspect_f1(texts: Sequence[Tagged], found: Sequence[Sequence[Aspect]]) -> float:
    """
    Compute the F1 of aspects: one is right that has the same first and last character.

    :param texts: Texts with their aspects.
    :param found: What was found in each. Places where it is not known whether an opinion is meant do not count.
    :returns: In [0, 1].
    """
    right, told, known = np.sum(
        [counted(text, aspects) for text, aspects in zip(texts, found, strict=True)], axis=0, initial=0
    ).tolist() or (0, 0, 0)
    return 2 * right / (told + known) if right else 0.0


def counted(text: Tagged, found: Sequence[Aspect]) -> tuple[int, int, int]:
    """
    Count the aspects of a text.

    :param text: The text with its aspects.
    :param found: What was found.
    :returns: How many are right, how many were found, and how many there are.
    """
    places = {(one.start, one.end) for one in found} - set(text.unsure)
    return len(places & set(text.aspects)), len(places), len(text.aspects)


def fitted_temperature(probabilities: NDArray[np.floating], truth: NDArray[np.int64]) -> float:
    """
    Find what logits are to be divided by, so that probabilities come true (Guo et al., ICML 2017).

    :param probabilities: At a temperature of 1, shape `(texts, 3)`.
    :param truth: What is right, shape `(texts,)`.
    :returns: The temperature of the lowest cross-entropy.
    """
    from scipy.optimize import minimize_scalar

    logits = np.log(np.clip(probabilities.astype(np.float64), 1e-9, 1.0))

    def loss(log_temperature: float) -> float:
        likely = softmax(logits / np.exp(log_temperature))[np.arange(len(truth)), truth]
        return float(-np.log(np.clip(likely, 1e-12, 1.0)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))
