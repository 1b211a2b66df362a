"""Passages that look wrong for a question and are right: what nobody marked may answer all the same."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from haystack import Document

from qa_system.eval.answers import normalised
from qa_system.reading.reader import Reader
from qa_system.training.dense.pairs import Pair
from qa_system.training.dense.passages import Corpus

Reason = Literal["same review", "marked for the same question", "has the words of the answer", "read to answer"]


class Suspicion:
    """
    Tells which passages may answer a question, from the labels alone.

    :param corpus: The passages.
    :param pairs: All questions that are known to be answered, with what answers them.
    """

    def __init__(self, corpus: Corpus, pairs: Iterable[Pair]) -> None:
        self._passages = corpus.passages
        self._marked: dict[str, set[int]] = defaultdict(set)
        for pair in pairs:
            self._marked[normalised(pair.question)].add(pair.row)

    def of(self, pair: Pair, row: int) -> Reason | None:
        """
        Say why a passage should not be a negative.

        :param pair: The question, and a passage that does answer it.
        :param row: The passage.
        :returns: The first reason that holds: it is of the same review; somebody marked an answer to the same question
            in it; it has the words of the answer, in their order, compared as SQuAD compares answers. None where
            nothing speaks against it.
        """
        if self._passages[row].review == self._passages[pair.row].review:
            return "same review"
        if row in self._marked[normalised(pair.question)]:
            return "marked for the same question"
        if any(_holds(self._passages[row].text, answer) for answer in pair.answers):
            return "has the words of the answer"
        return None


class SuspiciousReader:
    """
    Tells which passages answer a question by reading them.

    :param reader: What reads.
    :param threshold: How sure it has to be, in (0, 1].
    """

    def __init__(self, reader: Reader, *, threshold: float) -> None:
        self._reader = reader
        self._threshold = threshold

    def answering(self, questions: Sequence[str], passages: Sequence[Sequence[str]]) -> list[list[bool]]:
        """
        Read passages.

        :param questions: The questions.
        :param passages: For each the passages to read.
        :returns: For each passage whether it answers.
        """
        asked = [question for question, texts in zip(questions, passages, strict=True) for _ in texts]
        documents = [[Document(content=text)] for texts in passages for text in texts]
        found = iter(self._reader.run_batch(asked, documents, top_k=1, no_answer=False))
        return [[any(one.score >= self._threshold for one in next(found)) for _ in texts] for texts in passages]


def _holds(text: str, answer: str) -> bool:
    words = normalised(answer)
    return bool(words) and f" {words} " in f" {_normalised(text)} "


@lru_cache(maxsize=4096)
def _normalised(text: str) -> str:
    return normalised(text)
