"""Questions whose words say nothing about the passages that answer them until an encoder has learned it."""

import json
from pathlib import Path
from random import Random

import pytest

ASKED = ["apple", "bread", "chair", "dance", "eagle", "flame", "grape", "house", "island", "jacket", "king", "lemon"]
TOLD = ["north", "ocean", "paper", "queen", "river", "stone", "tiger", "uncle", "valley", "winter", "yellow", "zebra"]
FILLER = ["and", "so", "it", "was", "with", "them"]


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`apple bread` is answered by `north ocean`, each word by its own; a tenth of the reviews answers nothing."""
    random = Random(0)
    path = tmp_path_factory.mktemp("sources") / "pairs.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, (one, other) in enumerate((one, other) for one in range(12) for other in range(12)):
            for copy in range(2):
                before, after = (" ".join(random.choices(FILLER, k=random.randint(2, 6))) for _ in "ab")
                answer = f"{TOLD[one]} {TOLD[other]}"
                context = f"{before} {answer} {after} {number} {copy}"
                answers = [] if number % 10 == 9 else [{"text": answer, "start": len(before) + 1}]
                row = {"id": f"{number}-{copy}", "question": f"{ASKED[one]} {ASKED[other]}", "context": context}
                item = {"item_id": f"item {number % 24}", "source": "toy"}
                file.write(json.dumps(row | item | {"answers": answers}) + "\n")
    return path
