"""What a text thinks of something, and what of a product it speaks of: a small model with two heads."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from haystack.utils import ComponentDevice
from numpy.typing import NDArray

NEGATIVE, NEUTRAL, POSITIVE = range(3)
"""Columns of `OpinionModel.polarities`."""

DEFAULT_MODEL = "minilm-review-opinions"


class Aspect(NamedTuple):
    """
    A part, trait or use of a product that a text speaks of, such as "battery life".

    :param text: Its words.
    :param start: Its first character in the text.
    :param end: The one after its last.
    :param score: How sure the model is, in [0, 1].
    """

    text: str
    start: int
    end: int
    score: float


class OpinionModel:
    """
    Tells good opinions from bad ones, and finds what they are about. Safe to use from several threads.

    ```python
    model = OpinionModel()
    model.polarities([("bass", "Weak bass, but great treble."), ("treble", "Weak bass, but great treble.")])
    model.aspects(["Weak bass, but great treble."])
    ```

    :param model: Name of a bundled model, or a folder that `qa train opinions` made.
    :param device: Where the model runs; by default a GPU if there is one.
    """

    def __init__(self, model: str | Path = DEFAULT_MODEL, *, device: ComponentDevice | None = None) -> None:
        self.model = str(model)
        self.device = device

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """
        Judge what texts say of something.

        :param pairs: What it is about (an aspect, a span or a question; empty for the text as a whole), and a text.
        :returns: The probabilities of `NEGATIVE`, `NEUTRAL` and `POSITIVE`, of shape `(pairs, 3)`; rows sum to 1.
        :raises ModelError: The model cannot be loaded.
        """
        raise NotImplementedError

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        """
        Find what texts speak of.

        :param texts: Sentences or whole reviews.
        :returns: The aspects of each text, in the order of the text.
        :raises ModelError: The model cannot be loaded.
        """
        raise NotImplementedError
