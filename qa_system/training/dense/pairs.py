"""Questions with the passages that answer them, and with passages that do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from qa_system.training.dense.passages import Corpus
from qa_system.training.mixture import Example


@dataclass(frozen=True, slots=True)
class Pair:
    """
    A question and a passage that answers it.

    :param question: The question.
    :param row: The passage, in its corpus.
    :param answers: The words that annotators marked, in whatever passage.
    """

    question: str
    row: int
    answers: tuple[str, ...]


def pairs_of(example: Example, corpus: Corpus) -> list[Pair]:
    """
    Pair a question with what answers it.

    :param example: The question.
    :param corpus: The passages of its review, among others.
    :returns: A pair for each passage that answers; none where nobody found an answer.
    """
    answers = tuple(dict.fromkeys(example.gold))
    return [Pair(example.question, row, answers) for row in corpus.positives(example)]


def drawn_pairs(examples: Sequence[Example], corpus: Corpus, seed: int) -> list[Pair]:
    """
    Pair the questions that an epoch takes. All epochs take the same, so that negatives are looked for once.

    :param examples: The questions, each with how often an epoch takes it on average.
    :param corpus: The passages of their reviews.
    :param seed: Draws the questions whose weight is no whole number.
    :returns: The pairs; a question of weight 2 has its pairs twice.
    """
    random = Random(seed)
    times = [int(one.weight) + (random.random() < one.weight % 1) for one in examples]
    return [pair for one, count in zip(examples, times, strict=True) for pair in pairs_of(one, corpus) * count]
