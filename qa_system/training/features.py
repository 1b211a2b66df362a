"""Samples -> windows of tokens with the tokens to point at, and batches of these, cut as the reader cuts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from qa_system.reading.style import styled
from qa_system.reading.windows import Window, WindowCutter, batches
from qa_system.training.mixture import Extent
from qa_system.training.recipe import Recipe
from qa_system.training.sampling import Sample, Sampler
from qa_system.training.schedule import scheduled

# Of a long review with an answer, how often a window without it is shown.
_WITHOUT_ANSWER = 0.2
_NO_ANSWER = (0, 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Windows that the model learns from together.

    :param windows: The windows, of similar length.
    :param starts: Index of the first token of each answer, 0 for no answer, shape `(windows,)`.
    :param ends: Index of the last token of each answer, 0 for no answer, shape `(windows,)`.
    """

    windows: list[Window]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        """Tokens in the windows, padding left out."""
        return sum(map(len, self.windows))


class Featurizer:
    """
    Makes the batches of a training, the same ones each time it is asked.

    :param cutter: Cuts questions and reviews.
    :param prefixes: The words put in front of a question, by style.
    :param batch_tokens: Tokens in a batch, padding included.
    """

    def __init__(self, cutter: WindowCutter, prefixes: Mapping[str, str], *, batch_tokens: int) -> None:
        self._cutter = cutter
        self._prefixes = prefixes
        self._batch_tokens = batch_tokens

    def schedule(self, sampler: Sampler, recipe: Recipe) -> Iterator[tuple[float, Batch]]:
        """
        Make all batches of a training. Whoever goes on with it leaves out as many as were done.

        :param sampler: Draws the samples of each epoch.
        :param recipe: How many epochs there are, from which seed.
        :returns: Each batch with the number of epochs that are done after it.
        """
        return scheduled(recipe, sampler.epoch, self.batches)

    def batches(self, samples: Sequence[Sample], random: Random) -> Iterator[Batch]:
        """
        Batch samples of similar length; each gives one window, so that long reviews do not count more than short ones.

        :param samples: The samples.
        :param random: Decides which window of a long review is shown, and the order of the batches.
        :returns: The batches. A sample whose answer fits in no window is left out.
        """
        questions = [self._cutter.shorten(styled(each.question, each.style, self._prefixes)) for each in samples]
        cut: list[list[Window]] = [[] for _ in samples]
        for window in self._cutter.windows([(q, each.context) for q, each in zip(questions, samples, strict=True)]):
            cut[window.pair].append(window)
        shown: list[Window] = []
        targets: list[Extent] = []
        for windows, sample in zip(cut, samples, strict=True):
            if choice := _choose(windows, sample.answer, random):
                shown.append(replace(choice[0], pair=len(shown)))
                targets.append(choice[1])
        grouped = list(batches(shown, self._batch_tokens))
        random.shuffle(grouped)
        for group in grouped:
            starts, ends = np.array([targets[window.pair] for window in group], dtype=np.int64).T
            yield Batch(group, starts, ends)


def target(window: Window, answer: Extent | None) -> Extent | None:
    """
    Find the tokens that a model shall point at.

    :param window: A window of the review.
    :param answer: First character of the answer in the review and the one after the last; None for no answer.
    :returns: Index of the first and of the last token of the answer; `(0, 0)` where the window has nothing of it; None
        where it has a part of it, which would teach something wrong.
    """
    if answer is None:
        return _NO_ANSWER
    start, end = answer
    (tokens,) = np.nonzero(window.context & (window.offsets[:, 0] < end) & (window.offsets[:, 1] > start))
    if not len(tokens):
        return _NO_ANSWER
    first, last = int(tokens[0]), int(tokens[-1])
    before, after = (0 < other < len(window) and window.context[other] for other in (first - 1, last + 1))
    whole = (before or window.offsets[first, 0] <= start) and (after or window.offsets[last, 1] >= end)
    return (first, last) if whole else None


def _choose(windows: Sequence[Window], answer: Extent | None, random: Random) -> tuple[Window, Extent] | None:
    usable = [(window, found) for window in windows if (found := target(window, answer)) is not None]
    with_answer = [(window, found) for window, found in usable if found != _NO_ANSWER]
    without = [(window, found) for window, found in usable if found == _NO_ANSWER]
    if answer and not with_answer:
        return None
    if with_answer and not (without and random.random() < _WITHOUT_ANSWER):
        return random.choice(with_answer)
    return random.choice(without) if without else None
