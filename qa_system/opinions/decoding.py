"""Logits of the tokens of a text -> its polarity, and the aspects it names; pure NumPy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_system.opinions.labels import BEGIN, INSIDE, NEUTRAL, OUTSIDE, POSITIVE, WEIGHT

Floats = NDArray[np.floating]


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


def polarity(logits: Floats, *, temperature: float) -> NDArray[np.float32]:
    """
    Weigh what the tokens of a text say.

    :param logits: Those of the text, shape `(tokens, labels)`.
    :param temperature: What they are divided by before they are probabilities.
    :returns: Probabilities of negative, neutral and positive, shape `(3,)`; a text without tokens is neutral.
    """
    if not len(logits):
        return np.eye(POSITIVE + 1, dtype=np.float32)[NEUTRAL]
    weights = softmax(logits[:, WEIGHT].astype(np.float64))
    pooled = weights @ logits[:, : POSITIVE + 1].astype(np.float64)
    return softmax(pooled / temperature).astype(np.float32)


def aspects(text: str, offsets: Sequence[tuple[int, int]], logits: Floats) -> list[Aspect]:
    """
    Find the aspects of a text.

    A word has the tag of its first token, so that no aspect ends within one. Tokens that two windows share have the
    mean of their probabilities.

    :param text: The text.
    :param offsets: First character of each token and the one after its last.
    :param logits: Of these tokens, shape `(tokens, labels)`.
    :returns: Its aspects, in its order.
    """
    found: list[list[_Word]] = []
    is_open = False
    for word in _words(text, offsets, softmax(logits[:, OUTSIDE : INSIDE + 1])):
        if word.tag == OUTSIDE:
            is_open = False
        elif word.tag == BEGIN or not is_open:
            found.append([word])
            is_open = True
        else:
            found[-1].append(word)
    return [_aspect(text, words) for words in found]


def softmax(values: Floats) -> Floats:
    """
    Turn logits into probabilities.

    :param values: The logits, along the last axis.
    :returns: Their probabilities.
    """
    powers = np.exp(values - values.max(axis=-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=-1, keepdims=True)


class _Word(NamedTuple):
    start: int
    end: int
    tag: int
    score: float


def _words(text: str, offsets: Sequence[tuple[int, int]], tags: Floats) -> list[_Word]:
    shared: dict[tuple[int, int], list[Floats]] = {}
    for place, probabilities in zip(offsets, tags, strict=True):
        shared.setdefault(place, []).append(probabilities)
    words: list[_Word] = []
    for (start, end), each in sorted(shared.items()):
        if words and words[-1].end == start and text[start - 1 : start + 1].isalnum():
            words[-1] = words[-1]._replace(end=end)
        else:
            mean = np.mean(each, axis=0)
            words.append(_Word(start, end, OUTSIDE + int(mean.argmax()), float(1.0 - mean[0])))
    return words


def _aspect(text: str, words: Sequence[_Word]) -> Aspect:
    start, end = words[0].start, words[-1].end
    return Aspect(text[start:end], start, end, min(word.score for word in words))
