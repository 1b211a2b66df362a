"""How far a place of a passage supports a sentence."""

from math import sqrt

import pytest
from haystack import Document, ExtractedAnswer
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.support import Claim, ReadPassage, Support, strongest
from qa_system.generation.words import words_of

QUESTION = "How is the bass?"
SURE = 0.81


def read(text: str, answer: str, *, number: int = 1, score: float = SURE, start: int = 0) -> ReadPassage:
    """A passage in which the reader found an answer."""
    document = Document(content=text, meta={"item_id": "I", "review_id": "R", "split_idx_start": start})
    place = text.index(answer)
    span = ExtractedAnswer.Span(place, place + len(answer))
    found = ExtractedAnswer(
        query=QUESTION, score=score, data=answer, document=document, document_offset=span, meta={"logit": 1.0}
    )
    return ReadPassage(number, words_of(text, "english"), [found])


def support(sentence: str, passage: ReadPassage, question: str = QUESTION) -> Support | None:
    return passage.support(Claim.of(sentence, question, "english", answering=SURE))


def test_words_of_an_answer_have_all_the_support_that_the_reader_gives() -> None:
    passage = read("Bought them in May. The bass is deep and rich. Shipping was slow.", "bass is deep and rich")
    found = support("Reviewers say the bass is deep and rich.", passage)
    assert found.score == pytest.approx(sqrt(SURE))
    assert found.as_answer(QUESTION).data == "bass is deep and rich"


def test_words_of_another_sentence_have_none() -> None:
    passage = read("The bass is fine. Buy the Acme instead.", "bass is fine")
    assert support("Buy the Acme instead.", passage) is None


def test_a_sentence_that_does_not_answer_by_itself_has_less_support() -> None:
    passage = read("The bass is deep.", "bass is deep")
    beside_the_point = Claim.of("The bass is deep.", QUESTION, "english", answering=0.01)
    assert passage.support(beside_the_point).score == pytest.approx((SURE * 0.01) ** 0.25)


def test_what_the_reader_did_not_find_has_no_support_though_it_has_the_words() -> None:
    passage = read("The bass is deep. " + "Filler words go on and on. " * 5 + "Buy the Acme instead.", "bass is deep")
    assert support("Buy the Acme instead.", passage) is None


def test_support_is_smaller_the_less_of_the_sentence_is_there() -> None:
    passage = read("The bass is deep.", "bass is deep")
    assert support("The bass is deep and muddy.", passage).score == pytest.approx(sqrt(SURE) / 2)
    assert support("The bass is muddy.", passage) is None


def test_words_of_the_question_are_no_support() -> None:
    passage = read("The bass is stupid good.", "bass is stupid good")
    assert support("The bass is too weak.", passage, "Is the bass any good?") is None


def test_a_sentence_that_only_repeats_the_question_needs_all_its_words() -> None:
    good, weak = read("The bass is really good.", "really good"), read("The bass is weak.", "bass is weak")
    assert support("The bass is good.", good, "Is the bass any good?").score == pytest.approx(sqrt(SURE))
    assert support("The bass is good.", weak, "Is the bass any good?") is None


@pytest.mark.parametrize(
    ("sentence", "review", "answer"),
    [
        ("The bass is deep.", "The bass is not deep.", "deep"),
        ("The bass is not deep.", "The bass is deep.", "deep"),
        ("The bass isn't deep.", "The bass is deep.", "bass is deep"),
    ],
)
def test_what_is_denied_does_not_support_what_is_not(sentence: str, review: str, answer: str) -> None:
    assert support(sentence, read(review, answer)) is None


def test_what_both_deny_is_supported() -> None:
    assert support("The bass isn't deep.", read("The bass is not deep at all.", "not deep")).score > 0.5


def test_the_span_covers_the_answer_and_the_words_that_are_repeated() -> None:
    found = support("The drivers give a deep bass.", read("With these drivers you get a deep bass.", "deep bass"))
    assert found.as_answer(QUESTION).data == "drivers you get a deep bass"


@pytest.mark.parametrize("sentence", ["", "Yes.", "It is.", "!?"])
def test_a_sentence_without_content_has_no_support(sentence: str) -> None:
    assert support(sentence, read("The bass is deep.", "deep")) is None


def test_passages_of_a_review_that_overlap_support_once() -> None:
    text = "Some words before. The bass is deep."
    passages = [read(text, "bass is deep"), read(text[5:], "bass is deep", number=2, score=0.5, start=5)]
    found = [support("The bass is deep.", passage) for passage in passages]
    assert [one.number for one in strongest(found, 3)] == [1]
    assert [one.number for one in strongest(found[::-1], 3)] == [1]


@given(st.text(max_size=60), st.text(min_size=1, max_size=120), st.data())
def test_support_is_a_share(sentence: str, review: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(review) - 1))
    passage = read(review, review[start : start + 10], score=data.draw(st.floats(0, 1)))
    found = support(sentence, passage)
    assert found is None or 0 <= found.score <= 1
    assert found is None or found.as_answer(QUESTION).data in review
