"""The bundled generator on real reviews."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_system import QASystem, Result, index, load_settings
from qa_system.eval.answers import supported

KINDLE = "B0074BW614"
ANSWERED = (("Does it wobble?", "DL-630"), ("How long does the battery last?", "HP-100"))
UNANSWERED = (("Which planets can be seen from the cockpit?", "HP-100"), ("Does it play vinyl records?", "ER-610"))


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> Iterator[QASystem]:
    with QASystem.open(sample_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def electronics(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QASystem]:
    """The domain of SubjQA that the book takes its product from."""
    store = tmp_path_factory.mktemp("book") / "electronics.qa"
    plain = load_settings(overrides={"indexing": {"vectors": False}})
    index(shared / "data" / "subjqa" / "electronics", store, settings=plain)
    with QASystem.open(store) as opened:
        yield opened


def write(system: QASystem, question: str, item_id: str) -> Result:
    return system.ask(question, item_id=item_id, mode="generate", generator="rag")


def check(result: Result) -> None:
    """What is shown stands in the passages, and its evidence in the reviews."""
    assert not result.abstained
    (answer,) = result.generated
    assert supported(answer.meta["written"], [passage.content for passage in result.passages])
    for sentence in answer.meta["sentences"]:
        assert not sentence.is_withheld
        assert sentence.spans


@pytest.mark.parametrize(("question", "item_id"), ANSWERED)
def test_it_answers_in_words_of_the_reviews(sample: QASystem, question: str, item_id: str) -> None:
    check(write(sample, question, item_id))


@pytest.mark.parametrize(("question", "item_id"), UNANSWERED)
def test_what_the_reviews_do_not_say_is_not_answered(sample: QASystem, question: str, item_id: str) -> None:
    assert write(sample, question, item_id).abstained


@pytest.mark.parametrize("question", ["Is it good for reading?", "What is the main drawback?"])
def test_it_answers_the_books_questions(electronics: QASystem, question: str) -> None:
    check(write(electronics, question, KINDLE))
