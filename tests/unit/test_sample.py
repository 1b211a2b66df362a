"""The bundled sample is what its README says, and every label marks its words."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from qa_system.samples import QUESTIONS, REVIEWS
from qa_system.sources import read_questions, read_reviews


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def reviews() -> dict[str, dict]:
    return {row["review_id"]: row for row in rows(REVIEWS)}


def test_every_label_marks_its_words_in_a_review_of_the_item(reviews: dict[str, dict]) -> None:
    for question in rows(QUESTIONS):
        for label in question["labels"]:
            review = reviews[label["review_id"]]
            assert review["item_id"] == question["item_id"]
            assert review["text"][label["start"] : label["end"]] == label["text"] != ""
            assert label["text"] == label["text"].strip()


STANCES = {"opinion": {"positive", "negative", "neutral"}, "yes/no": {"yes", "no", "neutral"}}
KEY = re.compile(r"[a-z0-9][\w .-]{0,29}", re.IGNORECASE)
"""Of a fact: a few words or an amount."""


def sides(question: dict) -> dict[str, set[str]]:
    """The sides of each review that answers."""
    found: dict[str, set[str]] = {}
    for label in question["labels"]:
        found.setdefault(label["review_id"], set()).add(label["side"])
    return found


def test_every_label_has_a_side_that_fits_the_question() -> None:
    for question in rows(QUESTIONS):
        for label in question["labels"]:
            allowed = STANCES.get(question["kind"])
            assert label["side"] in allowed if allowed else KEY.fullmatch(label["side"])


def test_a_reviewer_is_on_one_side() -> None:
    answered = [sides(question) for question in rows(QUESTIONS) if question["labels"]]
    assert all(len(stands) == 1 for reviews in answered for stands in reviews.values())
    divided = [reviews for reviews in answered if len(set.union(*reviews.values())) > 1]
    assert (len(answered), sum(len(reviews) > 1 for reviews in answered), len(divided)) == (139, 106, 74)


def test_says_of_each_yes_no_question_which_answer_speaks_for_the_product() -> None:
    questions = rows(QUESTIONS)
    assert all(question["favourable"] in ("yes", "no") for question in questions if "favourable" in question)
    assert all("favourable" in question for question in questions if question["kind"] == "yes/no")
    asks_which = re.compile(r"how|what|which|where", re.IGNORECASE)
    assert not any("favourable" in question for question in questions if asks_which.match(question["question"]))


def test_is_as_large_and_as_mixed_as_promised(reviews: dict[str, dict]) -> None:
    questions = rows(QUESTIONS)
    per_item = Counter(row["item_id"] for row in reviews.values())
    assert len(per_item) == 15
    assert all(12 <= count <= 20 for count in per_item.values())
    assert len({row["category"] for row in reviews.values()}) == 4
    assert len(questions) >= 100
    assert sum(not question["labels"] for question in questions) >= len(questions) / 3
    assert {question["kind"] for question in questions} == {"opinion", "yes/no", "factual"}
    assert {question["split"] for question in questions} == {"dev", "test"}
    assert any(len(row["text"]) > 1000 for row in reviews.values())


def test_ids_are_unique_and_texts_clean(reviews: dict[str, dict]) -> None:
    assert len(reviews) == len(rows(REVIEWS))
    questions = rows(QUESTIONS)
    assert len({question["id"] for question in questions}) == len(questions)
    for row in reviews.values():
        assert unicodedata.is_normalized("NFC", row["text"])
        assert row["text"] == row["text"].strip()
        assert not re.search(r"<\w|&\w+;|[\x00-\x08\x0b-\x1f]|  ", row["text"])
        assert 1 <= row["rating"] <= 5
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row["date"])


def test_is_read_like_any_source(reviews: dict[str, dict]) -> None:
    assert {review.id: review.content for review in read_reviews(REVIEWS)} == {
        key: row["text"] for key, row in reviews.items()
    }
    questions = list(read_questions(QUESTIONS))
    assert len(questions) == len(rows(QUESTIONS))
    assert sum(not question.is_answerable for question in questions) == 71


def test_the_readme_counts_right(reviews: dict[str, dict]) -> None:
    text = REVIEWS.with_name("README.md").read_text(encoding="utf-8")
    labels = sum(len(question["labels"]) for question in rows(QUESTIONS))
    assert "139 questions that are answered, 106 are answered by several reviews, and in 74 of those" in text
    for count in (len(reviews), len(rows(QUESTIONS)), labels):
        assert f"| {count}" in text
