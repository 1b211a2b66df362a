"""Answers in made-up reviews, and a stand-in for the model of opinions."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from haystack import Document, ExtractedAnswer
from numpy.typing import NDArray

GOOD = {"good", "great", "love", "comfortable", "deep", "fine", "perfect", "quiet", "silent", "easy", "works", "super"}
BAD = {"bad", "awful", "weak", "hurts", "noisy", "broke", "leaks", "terrible", "useless", "loud", "schlecht"}


class WordCounter:
    """Takes texts for praise or blame by a few words, as a model of opinions would not."""

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        return np.array([self._polarity(text) for _, text in pairs], dtype=np.float32).reshape(-1, 3)

    def _polarity(self, text: str) -> tuple[float, float, float]:
        words = [word.strip(".,!?") for word in text.lower().split()]
        lean = sum((word in GOOD) - (word in BAD) for word in words)
        return {1: (0.1, 0.1, 0.8), -1: (0.8, 0.1, 0.1), 0: (0.1, 0.8, 0.1)}[(lean > 0) - (lean < 0)]


@pytest.fixture
def model() -> WordCounter:
    return WordCounter()


@pytest.fixture
def encode() -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """Vectors of the words that texts have."""

    def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
        words = sorted({word for text in texts for word in text.lower().split()})
        table = np.array([[word in text.lower().split() for word in words] for text in texts], dtype=np.float32)
        return table / np.linalg.norm(table, axis=1, keepdims=True)

    return encoded


@pytest.fixture
def answer() -> Callable[..., ExtractedAnswer]:
    """Make the answer that a reader would find in a review."""

    def answered(review: str, span: str, text: str | None = None, *, score: float = 0.9) -> ExtractedAnswer:
        content = span if text is None else text
        start = content.index(span)
        document = Document(id=review, content=content, meta={"item_id": "X-1", "review_id": review})
        return ExtractedAnswer(
            query="?",
            score=score,
            data=span,
            document=document,
            document_offset=ExtractedAnswer.Span(start, start + len(span)),
            context=content,
            context_offset=ExtractedAnswer.Span(start, start + len(span)),
            meta={"review_id": review, "review_offset": {"start": start, "end": start + len(span)}, "logit": 1.0},
        )

    return answered
