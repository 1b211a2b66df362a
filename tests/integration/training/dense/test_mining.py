from pathlib import Path

import pytest
from haystack.utils import ComponentDevice

from qa_system.reading.reader import Reader
from qa_system.training.dense.base import load_base
from qa_system.training.dense.candidates import Candidates
from qa_system.training.dense.encoding import TrainedEncoder
from qa_system.training.dense.false_negatives import Suspicion, SuspiciousReader
from qa_system.training.dense.mining import Miner
from qa_system.training.dense.pairs import Pair
from qa_system.training.dense.passages import Corpus, Passage
from qa_system.training.dense.recipe import DenseRecipe

CPU = ComponentDevice.from_str("cpu")
ANSWERING = "I love these headphones. The bass is really strong and warm."
CORPUS = Corpus(
    [
        Passage("The bass is deep.", 1, "I"),
        Passage("The red box was delivered on Monday.", 2, "I"),
        Passage(ANSWERING, 3, "I"),
        Passage("The kettle boils fast.", 4, "J"),
    ]
)
PAIR = Pair("How is the bass?", 0, ("deep",))


@pytest.fixture(scope="module")
def suspicious() -> SuspiciousReader:
    return SuspiciousReader(Reader(device=CPU, runtime="torch"), threshold=0.5)


def mined(tiny_base: Path, reader: SuspiciousReader | None, negatives: int):
    model = load_base(str(tiny_base), DenseRecipe(), CPU.to_torch()).model
    candidates, suspicion = Candidates(CORPUS, TrainedEncoder(model), depth=10), Suspicion(CORPUS, [PAIR])
    miner = Miner(CORPUS, suspicion, candidates, reader, negatives=negatives, seed=0)
    return miner.mine([PAIR], lambda done, total: None)


def test_passages_of_the_item_are_taken_first(tiny_base: Path) -> None:
    found = mined(tiny_base, None, 1)
    assert found.rows == [[PAIR.question, "The bass is deep.", ANSWERING]]
    assert found.negatives == {"same item": 1}
    assert found.dropped == {"same review": 1}


def test_what_the_reader_finds_an_answer_in_is_left_out(tiny_base: Path, suspicious: SuspiciousReader) -> None:
    found = mined(tiny_base, suspicious, 2)
    assert found.rows == [[PAIR.question, "The bass is deep.", CORPUS.passages[1].text, CORPUS.passages[3].text]]
    assert found.negatives == {"same item": 1, "anywhere": 1}
    assert found.dropped["read to answer"] == 1


def test_every_question_gets_as_many(tiny_base: Path) -> None:
    found = mined(tiny_base, None, 4)
    assert [len(row) for row in found.rows] == [6]
    assert found.negatives == {"same item": 2, "anywhere": 1, "chance": 1}
