"""`qa eval consensus`: from labelled reviewers to a report, with a model of opinions that knows some words."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from qa_system.aspects import summarizer
from qa_system.consensus import component
from qa_system.opinions.model import Aspect

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)

REVIEWS = {
    "SP-1": [
        ("The bass is great. It was delivered in a brown box.", 5),
        ("I think the bass is really good for such a small speaker.", 2),
        ("The bass is weak. I sent it back.", 1),
    ],
    "SP-2": [("The bass is thin and weak.", 1), ("A present for my nephew, who unpacked it at once.", 5)],
}
SIDES = {"great": "positive", "really good": "positive", "weak": "negative", "thin and weak": "negative"}


class Words:
    """Knows opinions and aspects by their words."""

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        rows = [[0.9, 0.05, 0.05] if re.search(r"\b(?:weak|thin)\b", text) else [0.05, 0.05, 0.9] for _, text in pairs]
        return np.array(rows, dtype=np.float32).reshape(-1, 3)

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        return [[Aspect(found.group(), *found.span(), 0.9) for found in re.finditer("bass", text)] for text in texts]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Reviews, questions on them, and weights that are never loaded."""
    for module in (summarizer, component):
        monkeypatch.setattr(module, "OpinionModel", lambda *_, **__: Words())
    weights = tmp_path / "opinions" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    monkeypatch.setenv("QA_CONSENSUS__MODEL", str(weights.parent))
    _write(tmp_path / "reviews.jsonl", [_review(item, n) for item, texts in REVIEWS.items() for n in range(len(texts))])
    _write(tmp_path / "questions.jsonl", [_question(item) for item in REVIEWS])
    return tmp_path


def _review(item: str, number: int) -> dict[str, object]:
    text, rating = REVIEWS[item][number]
    return {"item_id": item, "review_id": f"{item}-{number}", "text": text, "rating": rating}


def _question(item: str) -> dict[str, object]:
    labels = [
        {"review_id": f"{item}-{number}", "text": words, "start": start, "end": start + len(words), "side": side}
        for number, (text, _) in enumerate(REVIEWS[item])
        for words, side in SIDES.items()
        if (start := text.find(words)) >= 0 and words == max((w for w in SIDES if w in text), key=len)
    ]
    about = {"id": item, "question": "How is the bass?", "item_id": item, "kind": "opinion", "split": "test"}
    return about | {"labels": labels}


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_a_consensus_is_measured_and_its_run_goes_on(folder: Path, qa: RunQA) -> None:
    store, out = folder / "s.qa", folder / "report"
    assert qa("index", folder / "reviews.jsonl", "--store", store, "--no-vectors").code == 0
    command = ("eval", "consensus", folder / "questions.jsonl", "--store", store, "--out", out)
    ran = qa(*command, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    (run,) = found["runs"]
    measures = {name: measure["value"] for name, measure in run["measures"].items()}
    assert (measures["leading right"], measures["kind right"], measures["subjectivity right"]) == (1, 1, 1)
    assert run["mistakes"] == {"right side": 2}
    names = {"single best span", "stars of the item", "stars of who speaks", "always an opinion"}
    assert run["baselines"].keys() == names
    assert run["baselines"]["stars of who speaks"]["placed right"]["value"] < measures["placed right"] == 1
    lines = found["pros_and_cons"]
    assert (lines["items"], lines["measures"]["lines supported"]["value"]) == (2, 1)
    assert "Pros and cons" in (out / "consensus.html").read_text(encoding="utf-8")
    (path,) = (out / "runs").glob("consensus-*.jsonl")
    before = path.read_bytes()
    again = qa(*command, "--no-summaries")
    assert "leading right" in again.out
    assert "Pros and cons" not in again.out
    assert path.read_bytes() == before  # a second time nothing is asked
    assert json.loads(qa("eval", "report", path, "--json").out)["runs"] == [run]
    assert not (store / "computed/entries.sqlite").exists()  # what was kept before is not what is measured


def test_a_model_that_is_not_there_is_told_first(
    folder: Path, qa: RunQA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QA_CONSENSUS__MODEL", str(tmp_path / "nowhere"))
    ran = qa("eval", "consensus", folder / "questions.jsonl", "--store", folder / "s.qa")
    assert (ran.code, "nowhere" in ran.err) == (6, True)


def test_too_many_reviewers_wanted(folder: Path, qa: RunQA) -> None:
    store = folder / "s.qa"
    assert qa("index", folder / "reviews.jsonl", "--store", store, "--no-vectors").code == 0
    ran = qa("eval", "consensus", folder / "questions.jsonl", "--store", store, "--reviewers", "4")
    assert (ran.code, "answered by 4 reviews or more" in ran.err) == (3, True)
