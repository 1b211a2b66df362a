"""Where hard negatives are looked for: what BM25 and the encoder find, of the same item and anywhere."""

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

import numpy as np

from qa_system.dense.nearest import nearest
from qa_system.training.dense.encoding import TextEncoder
from qa_system.training.dense.pairs import Pair
from qa_system.training.dense.passages import Corpus
from qa_system.training.neighbours import Neighbours


class WordSearch:
    """
    Finds passages by BM25.

    :param corpus: The passages.
    """

    def __init__(self, corpus: Corpus) -> None:
        texts = [passage.text for passage in corpus.passages]
        self._items = {item: str(place) for place, item in enumerate(corpus.rows_by_item())}
        rows = corpus.rows_by_item().items()
        self._words = Neighbours({self._items[item]: texts[one.start : one.stop] for item, one in rows})

    def anywhere(self, question: str, count: int) -> list[int]:
        """
        Search all passages.

        :param question: The question.
        :param count: How many to find at most.
        :returns: Their rows, best first; only of passages with a word of the question.
        """
        return self._words.rows(question, count=count)

    def about(self, item: str, question: str, count: int) -> list[int]:
        """
        Search the passages about an item.

        :param item: The item.
        :param question: The question.
        :param count: How many to find at most.
        :returns: As of `anywhere`.
        """
        return self._words.rows(question, self._items[item], count=count)


class Candidates:
    """
    Finds passages that a retriever would take for an answer.

    :param corpus: The passages.
    :param encoder: The encoder.
    :param depth: How many passages each search finds.
    """

    vectors: np.ndarray
    """Of the passages, row by row, float32 (passages, dimension), each of length 1."""

    def __init__(self, corpus: Corpus, encoder: TextEncoder, *, depth: int) -> None:
        self._corpus = corpus
        self._depth = depth
        self._words = WordSearch(corpus)
        self._rows = {item: np.arange(rows.start, rows.stop) for item, rows in corpus.rows_by_item().items()}
        self.vectors = encoder.encode_passages([passage.text for passage in corpus.passages])
        self._encoder = encoder

    def of(self, pairs: Sequence[Pair]) -> Iterator[list[int]]:
        """
        Find passages for questions.

        :param pairs: The questions.
        :returns: For each the rows of passages, each once: those of the same item first, each kind by turns from BM25
            and from the encoder, likeliest first. They may well answer.
        """
        asked = self._encoder.encode_queries([pair.question for pair in pairs])
        for pair, vector in zip(pairs, asked, strict=True):
            yield list(dict.fromkeys(self._found(pair, vector)))

    def _found(self, pair: Pair, vector: np.ndarray) -> Iterator[int]:
        item = self._corpus.passages[pair.row].item
        if item is not None:
            by_words = self._words.about(item, pair.question, self._depth)
            yield from _by_turns(by_words, self._near(vector, self._rows[item]))
        yield from _by_turns(self._words.anywhere(pair.question, self._depth), self._near(vector, None))

    def _near(self, vector: np.ndarray, rows: np.ndarray | None) -> list[int]:
        return nearest(vector, self.vectors, top_k=self._depth, rows=rows)[0].tolist()


def _by_turns(one: Sequence[int], other: Sequence[int]) -> Iterator[int]:
    return (row for row in chain.from_iterable(zip_longest(one, other)) if row is not None)
