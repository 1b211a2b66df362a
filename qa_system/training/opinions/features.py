"""Samples -> windows of tokens with what is to be told of them, and batches of these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from qa_system.opinions.labels import BEGIN, INSIDE, OUTSIDE
from qa_system.reading.windows import Window, WindowCutter, batches
from qa_system.training.opinions.sampling import Sample
from qa_system.training.opinions.sentences import Extent
from qa_system.training.opinions.statements import Tagged

IGNORED = -100
"""What stands where nothing is to be learned."""


@dataclass(frozen=True, slots=True)
class OpinionBatch:
    """
    Windows that the model learns from together.

    :param windows: The windows, of similar length.
    :param polarities: What each says, or `IGNORED`, shape `(windows,)`.
    :param tags: 0 for a token of no aspect, 1 for the first of one and 2 for a later one, or `IGNORED`, shape
        `(windows, longest window)`.
    """

    windows: list[Window]
    polarities: NDArray[np.int64]
    tags: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        """Tokens in the windows, padding left out."""
        return sum(map(len, self.windows))


class OpinionFeaturizer:
    """
    Makes the batches of a training, the same ones each time it is asked.

    :param cutter: Cuts what is asked about and texts.
    :param batch_tokens: Tokens in a batch, padding included.
    """

    def __init__(self, cutter: WindowCutter, *, batch_tokens: int) -> None:
        self._cutter = cutter
        self._batch_tokens = batch_tokens

    def batches(self, samples: Sequence[Sample], random: Random) -> Iterator[OpinionBatch]:
        """
        Batch samples of similar length; each gives one window.

        :param samples: The samples.
        :param random: Decides which window of a long text with aspects is shown, and the order of the batches.
        :returns: The batches. Of a text with a polarity the beginning is shown; a text without words is left out.
        """
        cut: list[list[Window]] = [[] for _ in samples]
        for window in self._cutter.windows([(self._cutter.beginning(one.about), one.text) for one in samples]):
            cut[window.pair].append(window)
        chosen = [random.choice(windows) if one.tags else windows[0] for one, windows in zip(samples, cut, strict=True)]
        grouped = list(batches([window for window in chosen if window.context.any()], self._batch_tokens))
        random.shuffle(grouped)
        for group in grouped:
            yield _batch(group, samples)


def tags(window: Window, text: Tagged | None) -> NDArray[np.int64]:
    """
    Say what the tokens of a window are.

    :param window: The window.
    :param text: The text that it was cut from, with its aspects; None where they are not known.
    :returns: As of `OpinionBatch.tags`, shape `(tokens,)`.
    """
    told = np.full(len(window), IGNORED, dtype=np.int64)
    if text is None:
        return told
    told[window.context] = 0
    for extent in text.aspects:
        inside = _inside(window, extent)
        told[inside] = INSIDE - OUTSIDE
        told[inside[:1]] = BEGIN - OUTSIDE
    for extent in text.unsure:
        told[_inside(window, extent)] = IGNORED
    return told


def _inside(window: Window, extent: Extent) -> NDArray[np.int64]:
    start, end = extent
    (found,) = np.nonzero(window.context & (window.offsets[:, 0] < end) & (window.offsets[:, 1] > start))
    return found


def _batch(group: Sequence[Window], samples: Sequence[Sample]) -> OpinionBatch:
    asked = [samples[window.pair] for window in group]
    longest = max(map(len, group))
    table = np.full((len(group), longest), IGNORED, dtype=np.int64)
    for row, (window, sample) in enumerate(zip(group, asked, strict=True)):
        table[row, : len(window)] = tags(window, sample.tags)
    polarities = [IGNORED if one.polarity is None else one.polarity for one in asked]
    windows = [replace(window, pair=place) for place, window in enumerate(group)]
    return OpinionBatch(windows, np.array(polarities, dtype=np.int64), table)
