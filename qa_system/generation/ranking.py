"""Which of several answers to a question is the best, once they have been checked."""

import math
from collections.abc import Iterable
from statistics import fmean

from haystack import GeneratedAnswer


def best_first(answers: Iterable[GeneratedAnswer]) -> list[GeneratedAnswer]:
    """
    Rank answers by how likely their words are, a token on average, times how well their sentences are supported.

    A search finds what is likely; of its beams another one may be what the passages say.

    :param answers: What `AnswerChecker` checked.
    :returns: The answers; those that rank alike, as all do that have no support, in the same order as before.
    """
    return sorted(answers, key=lambda answer: -_probability(answer) * _support(answer))


def _probability(answer: GeneratedAnswer) -> float:
    """Of a token, on average; a chat model does not tell."""
    return math.exp(answer.meta.get("log_likelihood", 0.0))


def _support(answer: GeneratedAnswer) -> float:
    return fmean(sentence.support for sentence in answer.meta["sentences"]) if answer.meta["sentences"] else 0.0
