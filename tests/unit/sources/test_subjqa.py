import csv
import io
from collections import Counter

import pytest

from qa_system.errors import SourceError
from qa_system.records import Label
from qa_system.sources import detect_format, read_questions, read_reviews
from qa_system.sources.subjqa import COLUMNS

REVIEW = "The bass is deep. Do not buy it for $40. ANSWERNOTFOUND"
TEXT = "The bass is deep. Do not buy it for $40."
ROW = {
    "item_id": "B01",
    "domain": "electronics",
    "question": "How is the bass?",
    "q_review_id": "q1",
    "review_id": "r1",
    "review": REVIEW,
    "human_ans_spans": "deep",
    "human_ans_indices": "(12, 16)",
    "is_ques_subjective": "True",
}
NO_ANSWER = {"human_ans_spans": "ANSWERNOTFOUND", "human_ans_indices": "(41, 55)"}


def table(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*COLUMNS, "is_ques_subjective", "question_subj_level"])
    writer.writeheader()
    writer.writerows(ROW | row for row in rows)
    return out.getvalue()


def test_a_review_is_read_once_without_its_tail(write) -> None:
    path = write("dev.csv", table({}, {"q_review_id": "q2"}, {"review_id": "r2"}))
    assert detect_format(path) == "subjqa"
    reviews = list(read_reviews(path))
    assert [review.content for review in reviews] == [TEXT, TEXT]
    assert [review.meta for review in reviews] == [
        {"item_id": "B01", "review_id": review_id, "category": "electronics"} for review_id in ("r1", "r2")
    ]


def test_rows_of_one_question_are_annotators_even_apart(write) -> None:
    path = write("dev.csv", table({}, {"q_review_id": "q2"}, NO_ANSWER))
    first, second = read_questions(path)
    assert first.id == "q1"
    assert first.labels == (Label("r1", "deep", 12, 16), Label("r1"))
    assert (first.item_id, first.context) == ("B01", TEXT)
    assert first.meta == {"domain": "electronics", "is_subjective": True, "split": "dev"}
    assert second.labels == (Label("r1", "deep", 12, 16),)


@pytest.mark.parametrize(
    ("levels", "judged"), [("12", True), ("5", False), ("3", None), ("15", None), ("13", None), ("", None)]
)
def test_people_judge_what_a_question_asks_for(write, levels: str, judged: bool | None) -> None:
    rows = [{"question_subj_level": level} for level in levels] or [{}]
    (question,) = read_questions(write("test.csv", table(*rows)))
    assert question.meta.get("judged_subjective") is judged
    assert question.meta["is_subjective"] is True


def test_the_indices_are_the_truth_not_the_tokenised_span(write) -> None:
    tokenised = {"human_ans_spans": "for $ 40", "human_ans_indices": "(32, 39)"}
    (question,) = read_questions(write("test.csv", table(tokenised)))
    assert question.labels[0].text == "for $40"


def test_a_question_in_two_splits_is_two_records(write, tmp_path) -> None:
    for name in ("train.csv", "dev.csv"):
        write(name, table({}))
    assert [question.meta["split"] for question in read_questions(tmp_path)] == ["dev", "train"]
    assert len(list(read_reviews(tmp_path))) == 1


def test_indices_that_run_into_the_tail_end_with_the_last_word_marked(write) -> None:
    ran_on = {"human_ans_spans": "Do nt buy ANSWERNOTFOUND".replace("nt", "not"), "human_ans_indices": "(18, 55)"}
    (question,) = read_questions(write("train.csv", table(ran_on)))
    assert question.labels == (Label("r1", "Do not buy", 18, 28),)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"human_ans_indices": "(12, 60)"}, "offsets 12 to 60 mark nothing in a review of 40 characters"),
        ({"human_ans_indices": "(16, 12)"}, "offsets 16 to 12 mark nothing"),
        ({"human_ans_indices": "12-16"}, "not like '(12, 34)'"),
        ({"human_ans_spans": "treble ANSWERNOTFOUND"}, "'treble' does not follow"),
        ({"review": " ANSWERNOTFOUND"} | NO_ANSWER, "review is missing or empty"),
        ({"question": ""}, "question is missing"),
    ],
)
def test_a_broken_annotation_is_rejected_and_the_rest_goes_on(write, rejected, row: dict, reason: str) -> None:
    path = write("train.csv", table({}, row, NO_ANSWER))
    (question,) = read_questions(path, on_reject=rejected.append)
    assert len(question.labels) == 2
    (rejection,) = rejected
    assert rejection.line == 3
    assert reason in rejection.reason


def test_another_table_read_as_subjqa_names_the_columns_it_lacks(write) -> None:
    with pytest.raises(SourceError, match="no column domain"):
        list(read_reviews(write("reviews.csv", "item_id,text\nB01,ok\n"), format="subjqa"))


@pytest.mark.parametrize("domain", ["electronics", "grocery", "restaurants", "tripadvisor"])
def test_every_published_label_marks_its_words_in_the_review(shared, rejected, domain: str) -> None:
    folder = shared / "data" / "subjqa" / domain
    reviews = {review.id: review.content for review in read_reviews(folder, on_reject=rejected.append)}
    questions = list(read_questions(folder, on_reject=rejected.append))
    assert rejected == []
    for question in questions:
        for label in question.labels:
            assert question.context == reviews[label.review_id]
            if label.has_answer:
                assert question.context[label.start : label.end] == label.text


def test_the_published_counts(shared) -> None:
    questions = list(read_questions(shared / "data" / "subjqa" / "electronics" / "test.csv"))
    assert Counter(question.is_answerable for question in questions) == {True: 238, False: 120}


def test_a_missing_column_is_an_error_even_without_rows(write) -> None:
    with pytest.raises(SourceError, match="is no SubjQA file: it has no column domain"):
        list(read_questions(write("train.csv", "item_id,question\n"), format="subjqa"))
