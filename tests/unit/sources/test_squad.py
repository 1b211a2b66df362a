import copy
import json

import pytest

from qa_system.errors import SourceError
from qa_system.records import Label
from qa_system.sources import detect_format, read_questions, read_reviews
from qa_system.sources.values import content_id

CONTEXT = "The strap broke after two weeks."
REVIEW_ID = content_id("Bag", CONTEXT)
SPAN = {"text": "two weeks", "answer_start": 22}
QUESTIONS = [
    {"id": "1", "question": "When did it break?", "answers": [SPAN, {"text": "after two weeks", "answer_start": 16}]},
    {"id": "2", "question": "What colour?", "answers": [], "is_impossible": True, "plausible_answers": [SPAN]},
    {"id": "3", "question": "What price?", "answers": []},
]
FILE = {"version": "v2.0", "data": [{"title": "Bag", "paragraphs": [{"qas": QUESTIONS, "context": CONTEXT}] * 2}]}


def with_answer(answer: object) -> dict:
    file = copy.deepcopy(FILE)
    file["data"][0]["paragraphs"][0]["qas"][0]["answers"] = answer
    file["data"][0]["paragraphs"] = file["data"][0]["paragraphs"][:1]
    return file


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_a_distinct_context_is_a_review(write, name: str, indent: int | None) -> None:
    path = write(name, json.dumps(FILE, indent=indent))
    assert detect_format(path) == "squad"
    (review,) = read_reviews(path)
    assert (review.id, review.content) == (REVIEW_ID, CONTEXT)
    assert review.meta == {"item_id": "Bag", "review_id": REVIEW_ID}


def test_answers_are_labels(write) -> None:
    several, impossible, empty = list(read_questions(write("dev.json", json.dumps(FILE))))[:3]
    assert several.labels == (Label(REVIEW_ID, "two weeks", 22, 31), Label(REVIEW_ID, "after two weeks", 16, 31))
    assert (several.item_id, several.context, several.is_answerable) == ("Bag", CONTEXT, True)
    assert impossible.labels == empty.labels == (Label(REVIEW_ID),)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([{"text": "two weeks", "answer_start": 21}], "reads 'two weeks', but at offset 21 the review has ' two week'"),
        ([{"text": "weeks"}], "an answer needs text and answer_start"),
        ([{"text": "weeks.....", "answer_start": 26}], "offsets 26 to 36 mark nothing"),
        ({"text": ["two weeks"], "answer_start": [22]}, "not a list"),
        (None, "not a list"),
    ],
)
def test_a_broken_question_is_rejected_by_its_id(write, rejected, answer: object, reason: str) -> None:
    path = write("dev.json", json.dumps(with_answer(answer)))
    assert [question.id for question in read_questions(path, on_reject=rejected.append)] == ["2", "3"]
    (rejection,) = rejected
    assert rejection.reason.startswith("question 1: ")
    assert reason in rejection.reason


@pytest.mark.parametrize("content", ['{"data": [', '{"data": [{"paragraphs": [{}]}]}', '{"data": 5}', "[]"])
def test_a_file_of_another_layout_is_a_source_error(write, content: str) -> None:
    with pytest.raises(SourceError, match=r"no valid JSON|not laid out"):
        list(read_reviews(write("dev.json", content), format="squad"))
