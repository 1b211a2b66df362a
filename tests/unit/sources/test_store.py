"""A store as a source of labelled questions; no model, no vectors."""

from pathlib import Path
from typing import Any

import pytest
from haystack import Document

from qa_system.errors import SourceError, StoreError
from qa_system.records import Label, Rejection, Verdict
from qa_system.sources import detect_format, read_questions, read_reviews
from qa_system.stores.embedded import EmbeddedDocumentStore
from qa_system.stores.labels import LabelStore, new_label

TEXTS = {"R1": "The bass is deep.", "R2": "A gift."}
BASS, DEEP = Label("R1", "bass", 4, 8), Label("R1", "deep", 12, 16)
ABSENT = Label("R1")


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedDocumentStore:
    documents = EmbeddedDocumentStore(tmp_path / "s.qa")
    meta = {"item_id": "I1", "split_id": 0, "split_idx_start": 0}
    reviews = [Document(content=text, meta={**meta, "review_id": name}) for name, text in TEXTS.items()]
    documents.write_documents(reviews)
    return documents


def judge(
    store: EmbeddedDocumentStore, label: Label, verdict: Verdict, question: str = "How is it?", **told: Any
) -> None:
    LabelStore.of(store).put(new_label(question, "I1", label, verdict, **{"origin": "person", **told}))


def test_a_folder_of_a_store_is_told_from_others(store: EmbeddedDocumentStore, tmp_path: Path) -> None:
    assert detect_format(store.path) == "store"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "store.json").write_text('{"item_id": "I1", "text": "ok"}')
    assert detect_format(tmp_path / "other") == "jsonl"


def test_the_judgements_of_a_question_on_a_review_are_one_question(store: EmbeddedDocumentStore) -> None:
    judge(store, BASS, "right")
    judge(store, DEEP, "marked", origin="ann")
    judge(store, ABSENT, "absent", origin="ben")
    judge(store, Label("R2"), "absent")
    judge(store, BASS, "marked", "Why?")
    judge(store, BASS, "marked", split="test")
    questions = list(read_questions(store.path))
    assert [(question.text, question.context, question.labels) for question in questions] == [
        ("How is it?", TEXTS["R1"], (BASS, DEEP, ABSENT)),
        ("How is it?", TEXTS["R2"], (Label("R2"),)),
        ("Why?", TEXTS["R1"], (BASS,)),
        ("How is it?", TEXTS["R1"], (BASS,)),
    ]
    assert [question.item_id for question in questions] == ["I1"] * 4
    assert [question.meta.get("split") for question in questions] == [None, None, None, "test"]
    assert questions[0].meta["origin"] == "person, ann, ben"
    assert len({question.id for question in questions}) == 4


def test_that_a_span_is_wrong_does_not_say_what_is_right(store: EmbeddedDocumentStore) -> None:
    judge(store, BASS, "wrong")
    (question,) = read_questions(store.path)
    assert question.labels == ()
    judge(store, DEEP, "marked")
    (question,) = read_questions(store.path)
    assert question.labels == (DEEP,)


@pytest.mark.parametrize("label", [Label("R9", "bass", 4, 8), Label("R9"), Label("R1", "base", 5, 9)])
def test_labels_whose_reviews_changed_are_rejected_by_number(
    store: EmbeddedDocumentStore, label: Label, rejected: list[Rejection]
) -> None:
    judge(store, BASS, "right")
    judge(store, label, "marked" if label.has_answer else "absent")
    (question,) = read_questions(store.path, on_reject=rejected.append)
    assert question.labels == (BASS,)
    assert [(one.path, one.line) for one in rejected] == [(store.path, 2)]
    assert "qa labels --stale" in rejected[0].reason


def test_that_nothing_answers_is_said_of_the_review_as_it_was(
    store: EmbeddedDocumentStore, rejected: list[Rejection]
) -> None:
    judge(store, ABSENT, "absent", review=TEXTS["R1"])
    judge(store, ABSENT, "absent", "Why?", review="The bass was deep.")
    judge(store, ABSENT, "absent", "When?")  # by a version that kept no digest
    assert [question.text for question in read_questions(store.path, on_reject=rejected.append)] == [
        "How is it?",
        "When?",
    ]
    assert "which has changed since" in rejected[0].reason


def test_a_store_without_labels_has_no_questions(store: EmbeddedDocumentStore) -> None:
    assert list(read_questions(store.path)) == []


def test_reviews_of_a_store_are_not_indexed_again(store: EmbeddedDocumentStore) -> None:
    with pytest.raises(SourceError, match="is a store: its reviews are indexed"):
        list(read_reviews(store.path))


def test_what_is_called_a_store_and_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    with pytest.raises(StoreError, match="There is no store at"):
        list(read_questions(tmp_path, format="store"))
