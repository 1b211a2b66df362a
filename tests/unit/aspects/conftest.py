"""Made-up reviews, and a model that knows the words they are made of."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from haystack import Document

from qa_system.opinions.model import Aspect

ASPECT = re.compile(r"bass|battery life|battery|batteries|sound|audio|zipper|zip|thing", re.IGNORECASE)
GOOD, BAD = re.compile(r"(?i)great|good|deep"), re.compile(r"(?i)bad|weak|broke")


class Words:
    """Knows aspects and opinions by their words."""

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        return [[Aspect(found.group(), *found.span(), 0.9) for found in ASPECT.finditer(text)] for text in texts]

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([self._polarity(text) for _, text in pairs], dtype=np.float32)

    def _polarity(self, text: str) -> list[float]:
        good, bad = len(GOOD.findall(text)), len(BAD.findall(text))
        return [0.1, 0.8, 0.1] if good == bad else [0.05, 0.1, 0.85] if good > bad else [0.9, 0.05, 0.05]


@pytest.fixture
def model() -> Words:
    return Words()


@pytest.fixture
def reviews() -> Callable[..., list[Document]]:
    def make(*texts: str) -> list[Document]:
        return [
            Document(id=f"R{number}", content=text, meta={"item_id": "I1", "review_id": f"R{number}"})
            for number, text in enumerate(texts, start=1)
        ]

    return make
