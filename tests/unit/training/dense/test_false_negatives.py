import pytest

from qa_system.training.dense.false_negatives import Suspicion
from qa_system.training.dense.mining import summary
from qa_system.training.dense.pairs import Pair
from qa_system.training.dense.passages import Corpus, Passage

CORPUS = Corpus(
    [
        Passage("The bass is deep.", 1, "I"),
        Passage("It came in a red box.", 1, "I"),
        Passage("I find that the bass, is DEEP!", 2, "I"),
        Passage("Deep it is, the bass.", 3, None),
        Passage("It is deepest.", 4, "J"),
        Passage("Never heard such bass.", 5, "J"),
    ]
)
PAIR = Pair("How is the bass?", 0, ("bass is deep", "deep"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (0, "same review"),
        (1, "same review"),
        (2, "has the words of the answer"),
        (3, "has the words of the answer"),
        (4, None),
        (5, "marked for the same question"),
    ],
)
def test_what_may_answer_is_suspicious(row, reason):
    marked = [PAIR, Pair("how is the bass", 5, ("Never heard such",)), Pair("How is the box?", 4, ("deepest",))]
    assert Suspicion(CORPUS, marked).of(PAIR, row) == reason


def test_an_answer_without_words_makes_nothing_suspicious():
    assert Suspicion(CORPUS, []).of(Pair("How is it?", 5, ("the", "!")), 3) is None


def test_counts_are_said_in_a_line():
    assert summary({"same review": 1200, "read to answer": 0, "anywhere": 3}) == "1,200 same review, 3 anywhere"
    assert summary({}) == "none"
