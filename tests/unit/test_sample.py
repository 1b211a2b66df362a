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
    for count in (len(reviews), len(rows(QUESTIONS)), labels):
        assert f"| {count}" in text
