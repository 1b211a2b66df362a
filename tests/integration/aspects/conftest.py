"""A small store, and a model in the place of the one that tells opinions, which knows some words."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from qa_system import QASystem, index, load_settings
from qa_system.aspects import summarizer
from qa_system.consensus import component
from qa_system.opinions.model import Aspect

ASPECT = re.compile(r"(?i)\b(?:noise|hum|door|shelves|shelf|light|lamp|lid|cord)\b")
GOOD = re.compile(r"(?i)\b(?:quiet|silent|great|good|solid|bright|sturdy)\b")
BAD = re.compile(r"(?i)\b(?:loud|noisy|bad|broke|flimsy|dim|short)\b")
REVIEWS = {
    "FR-1": [
        "This fridge is very quiet. The door is solid.",
        "A quiet fridge, I hardly know that it is on. Great shelves.",
        "It is quiet enough for our small kitchen. The shelf broke after a week.",
        "Very quiet. The lamp is bright and the door is great.",
        "The fridge is quiet at night. Sturdy shelves, solid door.",
        "Quiet, I sleep next to it. The shelves are flimsy.",
    ],
    "FR-2": [
        "This fridge is loud, a noisy thing. The door is flimsy.",
        "Loud hum all night. The lamp is dim.",
        "It is a quiet fridge, I think.",
    ],
    "KE-1": ["This kettle is very quiet. The lid is solid.", "A quiet kettle. The cord is short."],
    "XX-1": ["Der Kühlschrank ist leise. The door is good."],
}


class Words:
    """Knows aspects and opinions by their words, and counts how often it is asked."""

    def __init__(self) -> None:
        self.texts = 0

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        self.texts += len(texts)
        return [[Aspect(found.group(), *found.span(), 0.9) for found in ASPECT.finditer(text)] for text in texts]

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([self._polarity(text) for _, text in pairs], dtype=np.float32).reshape(-1, 3)

    def _polarity(self, text: str) -> list[float]:
        good, bad = len(GOOD.findall(text)), len(BAD.findall(text))
        return [0.1, 0.8, 0.1] if good == bad else [0.05, 0.1, 0.85] if good > bad else [0.9, 0.05, 0.05]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Words:
    words = Words()
    for module in (summarizer, component):
        monkeypatch.setattr(module, "OpinionModel", lambda *_, **__: words)
    return words


@pytest.fixture
def write() -> Callable[..., None]:
    def to(path: Path, reviews: dict[str, list[str]]) -> None:
        rows = [
            {"item_id": item, "review_id": f"{item}-{number}", "text": text}
            for item, texts in reviews.items()
            for number, text in enumerate(texts, start=1)
        ]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

    return to


@pytest.fixture
def source(tmp_path: Path, write: Callable[..., None]) -> Path:
    path = tmp_path / "reviews.jsonl"
    write(path, REVIEWS)
    return path


@pytest.fixture
def store(tmp_path: Path, source: Path) -> Path:
    folder = tmp_path / "reviews.qa"
    index(source, folder, source="toy", settings=load_settings(overrides={"indexing": {"vectors": False}}))
    return folder


@pytest.fixture
def system(store: Path, model: Words) -> Iterator[QASystem]:
    with QASystem.open(store, settings=load_settings()) as opened:
        yield opened
