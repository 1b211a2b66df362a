"""A small store, and a model in the place of the one that tells opinions, which knows some words."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from qa_system import QASystem, index, load_settings
from qa_system.consensus import component

GOOD = re.compile(r"(?i)\b(?:great|good|deep|rich|love)\b")
BAD = re.compile(r"(?i)\b(?:weak|bad|awful|thin|no bass)\b")
SPAM = "The bass is great, I love the deep rich bass of this speaker, buy it today from shop number"
REVIEWS = {
    "SP-1": [
        "The bass is great. It was delivered in a brown box.",
        "I think the bass is really good for such a small speaker.",
        "Deep, rich bass! The battery lasts about 10 hours.",
        "The bass is weak. I sent it back.",
        "A birthday present for my nephew, who unpacked it at once.",
    ],
    "SP-2": ["The bass is thin and weak.", *(f"{SPAM} {number}." for number in range(500)), "The bass is awful."],
    "SP-3": ["The bass is good."],
}


class Words:
    """Knows opinions by their words."""

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([self._polarity(text) for _, text in pairs], dtype=np.float32).reshape(-1, 3)

    def _polarity(self, text: str) -> list[float]:
        good, bad = len(GOOD.findall(text)), len(BAD.findall(text))
        return [0.1, 0.8, 0.1] if good == bad else [0.05, 0.1, 0.85] if good > bad else [0.9, 0.05, 0.05]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Words:
    words = Words()
    monkeypatch.setattr(component, "OpinionModel", lambda *_, **__: words)
    return words


def rows_of(reviews: dict[str, list[str]]) -> list[dict[str, str]]:
    return [
        {"item_id": item, "review_id": f"{item}-{number}", "text": text}
        for item, texts in reviews.items()
        for number, text in enumerate(texts)
    ]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    plain = load_settings(overrides={"indexing": {"vectors": False}})
    index(write(tmp_path / "reviews.jsonl", rows_of(REVIEWS)), tmp_path / "s.qa", settings=plain)
    return tmp_path / "s.qa"


@pytest.fixture
def speakers(store: Path, model: Words) -> Iterator[QASystem]:
    with QASystem.open(store) as system:
        yield system
