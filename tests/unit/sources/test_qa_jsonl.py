import pytest

from qa_system.errors import SourceError
from qa_system.records import Label
from qa_system.sources import detect_format, read_questions, read_reviews
from qa_system.sources.values import content_id

CONTEXT = "Small, but the zip holds."
WITH_CONTEXT = {
    "id": "q1",
    "question": "Is it big?",
    "context": CONTEXT,
    "answers": [{"text": "Small", "start": 0}, {"text": "holds", "start": 19}],
    "source": "bags",
}
STORED = {
    "id": "HP-100-q03",
    "question": "is the bass any good?",
    "item_id": "HP-100",
    "kind": "opinion",
    "split": "dev",
    "labels": [{"review_id": "HP-100-07", "start": 12, "end": 16, "text": "deep"}],
}


@pytest.mark.parametrize("name", ["qa.jsonl", "qa.jsonl.gz"])
def test_rows_that_bring_their_review(write_jsonl, name: str) -> None:
    path = write_jsonl(name, WITH_CONTEXT, WITH_CONTEXT | {"id": "q2", "answers": []})
    review_id = content_id("bags", CONTEXT)
    assert detect_format(path) == "qa_jsonl"
    (review,) = read_reviews(path)
    assert (review.id, review.content, review.meta["item_id"]) == (review_id, CONTEXT, "bags")
    answered, unanswered = read_questions(path)
    assert answered.labels == (Label(review_id, "Small", 0, 5), Label(review_id, "holds", 19, 24))
    assert (answered.item_id, answered.context) == ("bags", CONTEXT)
    assert unanswered.labels == (Label(review_id),)


def test_rows_that_name_reviews_of_a_store(write_jsonl) -> None:
    path = write_jsonl("qa.jsonl", STORED, STORED | {"id": "q4", "labels": []})
    assert detect_format(path) == "qa_jsonl"
    answered, unanswered = read_questions(path)
    assert answered.labels == (Label("HP-100-07", "deep", 12, 16),)
    assert (answered.item_id, answered.context) == ("HP-100", None)
    assert answered.meta == {"kind": "opinion", "split": "dev", "answerable": True}
    assert unanswered.labels == ()
    assert unanswered.meta["answerable"] is False


def test_labels_keep_the_side_of_the_reviewer(write_jsonl) -> None:
    label = STORED["labels"][0]
    rows = [STORED | {"id": str(side), "labels": [label | {"side": side}]} for side in ("positive", None)]
    questions = read_questions(write_jsonl("qa.jsonl", *rows), strict=True)
    assert [question.labels[0].side for question in questions] == ["positive", None]


def test_rows_that_name_reviews_of_a_store_hold_none(write_jsonl) -> None:
    with pytest.raises(SourceError, match="reviews that are stored elsewhere"):
        list(read_reviews(write_jsonl("qa.jsonl", STORED)))


def test_columns_can_be_mapped(write_jsonl) -> None:
    row = {name: value for name, value in WITH_CONTEXT.items() if name != "question"} | {"query": "Big?"}
    (question,) = read_questions(write_jsonl("qa.jsonl", row), format="qa_jsonl", mapping={"question": "query"})
    assert question.text == "Big?"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (WITH_CONTEXT | {"answers": [{"text": "Small", "start": 1}]}, "reads 'Small', but at offset 1"),
        (WITH_CONTEXT | {"answers": None}, "answers is None, not a list"),
        (WITH_CONTEXT | {"context": " "}, "context is blank"),
        (WITH_CONTEXT | {"question": 5}, "question is of type int"),
        (WITH_CONTEXT | {"source": None}, "item_id is missing"),
        (STORED | {"labels": [{"text": "deep"}]}, "a label needs review_id, text, start, end"),
        (STORED | {"labels": [STORED["labels"][0] | {"end": 17}]}, "offsets 12 to 17 mark 5 characters"),
        (STORED | {"labels": [STORED["labels"][0] | {"side": 1}]}, "the label's side is 1"),
        (STORED | {"labels": "deep"}, "labels is 'deep', not a list"),
        ('{"id": "q1"', "not JSON"),
    ],
)
def test_a_broken_row_is_rejected_and_the_rest_goes_on(write_jsonl, rejected, row: object, reason: str) -> None:
    path = write_jsonl("qa.jsonl", WITH_CONTEXT, row, STORED)
    assert len(list(read_questions(path, on_reject=rejected.append))) == 2
    (rejection,) = rejected
    assert rejection.line == 2
    assert reason in rejection.reason


def test_the_shared_questions_are_all_good(shared, rejected) -> None:
    path = shared / "data" / "extractive_qa" / "squadshifts_amazon.jsonl.gz"
    questions = list(read_questions(path, on_reject=rejected.append))
    assert (len(questions), rejected) == (7681, [])
