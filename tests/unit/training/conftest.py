"""Small labelled sources, and a tokenizer of words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from qa_system.eval.predictions import Answer, Prediction, Reading
from qa_system.eval.runs import Header, Run
from qa_system.eval.score import score
from qa_system.reading.traits import Calibration, ModelTraits
from qa_system.reading.windows import WindowCutter
from qa_system.records import Label, Question
from qa_system.training.account import Account, SourceCount
from qa_system.training.history import History
from qa_system.training.log import Progress, TrainingLog
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.scoring import short_names


@pytest.fixture(scope="session")
def cutter() -> WindowCutter:
    """Cuts windows of 32 words."""
    tokenizer = Tokenizer(models.WordLevel({"[CLS]": 0, "[SEP]": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 1), ("[CLS]", 0))
    return WindowCutter(tokenizer, max_seq_length=32, stride=8)


@pytest.fixture
def write_source(tmp_path: Path) -> Callable[..., Path]:
    """Write (question, context, words of the answers) as JSON lines; an answer of None is one that does not fit."""

    def write(name: str, *rows: tuple[str, str, list[str | None]], **more: str) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8") as file:
            for number, (question, context, answers) in enumerate(rows):
                marked = [{"text": text or "x", "start": context.index(text) if text else 10**6} for text in answers]
                row = {"id": str(number), "question": question, "context": context, "answers": marked, "source": name}
                file.write(json.dumps(row | more) + "\n")
        return path

    return write


@pytest.fixture(scope="session")
def make_account(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Account]:
    """Tell of a training on sources, that answered half of four validation questions rightly."""
    log = tmp_path_factory.mktemp("training") / "log.csv"
    written = TrainingLog(log)
    for step in range(1, 7):
        scores = {"exact": 0.1 * step, "f1": 0.5 if step == 4 else 0.1 * step} if step % 2 == 0 else {}
        written.write(Progress(step, step / 3, 900 * step, 4 / step, 1e-4, 100.0, 1.0, **scores))
    right, wrong = (Reading((Answer("deep", 0.9),), 0.1, False), Reading((Answer("red", 0.3),), 0.7, True))
    asked = [
        Question(str(place), "How is it?", labels=(Label("r", "deep", 4, 8),), context=f"It's deep {place}")
        for place in range(4)
    ]
    read = tuple(Prediction(one, reading=wrong if place % 2 else right) for place, one in enumerate(asked))
    model = {"reader": {"name": "best", "bytes": 45_000_000, "sha256": "0"}}
    versions = dict.fromkeys(("python", "qa-system", "torch", "transformers"), "1.0")
    run = Run(Header("reader", "toy", None, {}, 4, {}, versions, model), read)

    def make(*sources: TrainingSource, **said: Any) -> Account:
        names = short_names(source.path for source in sources)
        told = {
            "name": "toy",
            "base": "all-MiniLM-L6-v2",
            "teachers": (),
            "recipe": Recipe(),
            "sources": [SourceCount(names[one.path], one, "plain", 1700, 80, 190) for one in sources],
            "skipped": {},
            "history": History.read(log),
            "traits": ModelTraits({"opinion": "opinion: "}, -1.25, 2.5, {"opinion": Calibration(-2.5, 3.5)}),
            "run": log.with_name("validation.jsonl"),
            "scorecard": score(run),
        }
        return Account(**told | said)

    return make
