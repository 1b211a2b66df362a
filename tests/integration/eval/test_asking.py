"""Real retrievers and the real reader are asked about the bundled sample."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from haystack import Document

from qa_system import QASystem, QueryError, SettingsError, SourceError, load_settings, read_questions
from qa_system.eval.asking import Retrieval, pipeline_asker, reader_asker, retriever_asker
from qa_system.eval.dataset import labelled, pooled, select
from qa_system.eval.experiment import header
from qa_system.eval.grounding import checked
from qa_system.eval.predictions import Prediction, Reading
from qa_system.eval.recording import record
from qa_system.pipelines import make_reader
from qa_system.records import Question
from qa_system.reviews import ReviewKey
from qa_system.samples import QUESTIONS


@pytest.fixture(scope="module")
def questions(system: QASystem) -> list[Question]:
    judged, _ = labelled(select(read_questions(QUESTIONS), split="dev"))
    return checked(pooled(judged), system.reviews)


@pytest.fixture(scope="module")
def few(questions: list[Question]) -> list[Question]:
    """Two with an answer, one without."""
    answerable = [question for question in questions if question.is_answerable]
    return [*answerable[:2], next(question for question in questions if not question.is_answerable)]


@pytest.fixture(scope="module")
def text_of(system: QASystem) -> dict[ReviewKey, str]:
    return {(item, review.id): review.content or "" for item in system.items() for review in system.reviews(item)}


@pytest.fixture
def opened(sample_store: Path) -> Iterator[QASystem]:
    with QASystem.open(sample_store, settings=load_settings(overrides={"reader": {"top_k": 1}})) as system:
        yield system


def assert_marked(reading: Reading, text_of: dict[ReviewKey, str]) -> None:
    for answer in reading.answers:
        text = text_of[answer.item_id, answer.review_id]
        before, span, after = answer.context
        assert text[answer.start : answer.end] == answer.text == span
        assert text[: answer.start].endswith(before)
        assert text[answer.end :].startswith(after)
        assert len(before) == min(200, answer.start)
    scores = [answer.score for answer in reading.answers]
    assert scores == sorted(scores, reverse=True)
    assert reading.abstained == (reading.no_answer_score > max(scores, default=0.0))
    assert reading.no_answer_score == pytest.approx(1 - max(scores, default=0.0))


def test_the_sample_can_be_evaluated(questions: list[Question], system: QASystem) -> None:
    assert len(questions) > 90
    counts = system.items()
    assert all(question.meta["item_reviews"] == counts[question.item_id] for question in questions)
    assert all(question.meta["review_words"] > 0 for question in questions)


def test_labels_for_another_store_are_refused(questions: list[Question], system: QASystem) -> None:
    moved = [replace(question, item_id="KT-0") for question in questions[:2]]
    with pytest.raises(SourceError, match="2 of 3 questions do not match"):
        checked([*moved, questions[2]], system.reviews)


@pytest.mark.parametrize("retriever", ["bm25", "dense", "hybrid"])
@pytest.mark.parametrize("depth", [2, 1000])
def test_a_ranking_lists_each_review_once(
    system: QASystem, few: list[Question], text_of: dict[ReviewKey, str], retriever: str, depth: int
) -> None:
    for scope in ("item", "corpus"):
        ask = retriever_asker(Retrieval(system, retriever, scope, depth))
        for question in few:
            prediction = ask(question)
            ranking = prediction.ranking or ()
            keys = [ranked.key for ranked in ranking]
            assert len(set(keys)) == len(keys) <= depth
            assert set(keys) <= set(text_of)
            assert [r.score for r in ranking] == sorted((r.score for r in ranking), reverse=True)
            assert list(prediction.timings) == ["retrieval"]
            candidates = question.meta["item_reviews"] if scope == "item" else len(text_of)
            if scope == "item":
                assert {ranked.item_id for ranked in ranking} <= {question.item_id}
            if retriever == "dense":  # it finds every review, however few words are shared
                assert len(keys) == min(depth, candidates)


def test_a_deeper_ranking_goes_on_where_a_shallow_one_ends(system: QASystem, few: list[Question]) -> None:
    shallow, deep = (retriever_asker(Retrieval(system, "bm25", "corpus", depth)) for depth in (3, 30))
    for question in few:
        assert deep(question).ranking[:3] == shallow(question).ranking  # type: ignore[index]


def test_a_question_without_an_item_is_not_searched_everywhere(system: QASystem, few: list[Question]) -> None:
    nowhere = replace(few[0], item_id=None)
    with pytest.raises(QueryError, match="names no item"):
        retriever_asker(Retrieval(system, "bm25", "item", 5))(nowhere)
    assert retriever_asker(Retrieval(system, "bm25", "corpus", 5))(nowhere).ranking


def test_a_reader_marks_answers_in_the_right_reviews(
    opened: QASystem, few: list[Question], text_of: dict[ReviewKey, str]
) -> None:
    ask = reader_asker(make_reader(opened.settings), cache(opened.reviews))
    for question in few:
        prediction = ask(question)
        assert prediction.reading
        assert_marked(prediction.reading, text_of)
        answering = {label.review_id for label in question.labels if label.has_answer}
        assert not answering or {answer.review_id for answer in prediction.reading.answers} <= answering
        assert len(prediction.reading.answers) <= 5
        assert list(prediction.timings) == ["reading"]


def test_a_reader_needs_no_store_where_questions_bring_their_reviews() -> None:
    def no_store(item_id: str) -> list[Document]:
        raise AssertionError(item_id)

    review = "I use it daily. The bass is deep and warm. It came in a red box."
    question = Question("q", "How is the bass?", "a", context=review)
    (answer, *_) = reader_asker(make_reader(load_settings()), no_store)(question).reading.answers  # type: ignore[union-attr]
    assert "deep" in answer.text
    assert review[answer.start : answer.end] == answer.text


def test_a_pipeline_reads_what_it_found_and_what_is_right(
    opened: QASystem, few: list[Question], text_of: dict[ReviewKey, str]
) -> None:
    isolated = reader_asker(make_reader(opened.settings), opened.reviews)
    ask = pipeline_asker(Retrieval(opened, "auto", "item", 3))
    for question in few:
        prediction = ask(question)
        assert prediction.reading
        assert_marked(prediction.reading, text_of)
        found = {ranked.key for ranked in prediction.ranking or ()}
        assert 1 <= len(found) <= 3
        assert {(answer.item_id, answer.review_id) for answer in prediction.reading.answers} <= found
        assert prediction.isolated == isolated(question).reading
        assert set(prediction.timings) == {"retrieval", "reading"}


def test_a_run_of_a_pipeline_is_read_as_it_was_made(opened: QASystem, few: list[Question], tmp_path: Path) -> None:
    few = few[:2]
    retrieval = Retrieval(opened, "hybrid", "corpus", 2)
    ask = pipeline_asker(retrieval)
    made: list[Prediction] = []

    def remembered(question: Question) -> Prediction:
        made.append(ask(question))
        return made[-1]

    described = header(few, kind="pipeline", source="sample", settings=opened.settings, retrieval=retrieval)
    run = record(tmp_path / "run.jsonl", described, few, remembered)
    assert run.predictions == tuple(made)
    assert run.header == described
    assert run.header.system == "hybrid + minilm-review-reader"
    assert run.header.corpus == sum(opened.items().values())
    assert set(run.header.models) == {"encoder", "reader"}
    assert all(model["bytes"] > 10**6 for model in run.header.models.values())
    assert set(run.header.settings) == {"retrieval", "store", "dense", "reader"}
    deeper = replace(retrieval, depth=3)
    other = header(few, kind="pipeline", source="sample", settings=opened.settings, retrieval=deeper)
    with pytest.raises(SettingsError, match=r"settings\.retrieval\.depth was 2 and is 3"):
        record(tmp_path / "run.jsonl", other, few, remembered)


def test_a_header_tells_only_what_steers(opened: QASystem, few: list[Question]) -> None:
    retriever = header(
        few, kind="retriever", source="q", settings=opened.settings, retrieval=Retrieval(opened, "bm25", "item", 5)
    )
    reader = header(few, kind="reader", source="q", settings=opened.settings, split="dev")
    assert (retriever.system, set(retriever.settings), dict(retriever.models)) == ("bm25", {"retrieval", "store"}, {})
    assert (reader.system, set(reader.settings), reader.corpus) == ("minilm-review-reader", {"reader"}, None)
    assert reader.data["split"] == "dev"
