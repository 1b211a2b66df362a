"""What is done to a review that a generator is to restore: its sentences shuffled, its words masked (BART)."""

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np


class Noise:
    """
    Text infilling and sentence permutation (Lewis et al., 2019, section 2.2).

    :param mask: The token that masks.
    :param ends: The tokens that a sentence may end with.
    :param masked: The share of the tokens that is masked.
    :param span: Mean number of tokens that one mask stands for; how many it is in each place follows a Poisson
        distribution, so that a mask may stand for nothing.
    """

    def __init__(self, *, mask: int, ends: Sequence[int], masked: float, span: float) -> None:
        self._mask = mask
        self._ends = frozenset(ends)
        self._span = span
        # With this probability of a span at each place that is not inside one, the share that is masked is as wanted.
        self._begins = masked / (span * (1 - masked) + masked)

    def disturbed(self, tokens: Sequence[int], random: Random) -> list[int]:
        """
        Disturb a text.

        :param tokens: The text, without special tokens.
        :param random: The source of chance.
        :returns: Its sentences in random order, with spans of tokens replaced by one mask each.
        """
        sentences = list(self._sentences(tokens))
        random.shuffle(sentences)
        return list(self._infilled([token for sentence in sentences for token in sentence], random))

    def _sentences(self, tokens: Sequence[int]) -> Iterator[Sequence[int]]:
        start = 0
        for place, token in enumerate(tokens, start=1):
            if token in self._ends or place == len(tokens):
                yield tokens[start:place]
                start = place

    def _infilled(self, tokens: Sequence[int], random: Random) -> Iterator[int]:
        lengths = np.random.default_rng(random.getrandbits(64))
        place = 0
        while place < len(tokens):
            hidden = 0
            if random.random() < self._begins:
                yield self._mask
                hidden = int(lengths.poisson(self._span))
            if not hidden:
                yield tokens[place]
            place += max(1, hidden)
