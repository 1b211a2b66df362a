"""Small labelled sources, and a tokenizer of words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from qa_system.reading.windows import WindowCutter


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

    def write(name: str, *rows: tuple[str, str, list[str | None]]) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8") as file:
            for number, (question, context, answers) in enumerate(rows):
                marked = [{"text": text or "x", "start": context.index(text) if text else 10**6} for text in answers]
                row = {"id": str(number), "question": question, "context": context, "answers": marked, "source": name}
                file.write(json.dumps(row) + "\n")
        return path

    return write
