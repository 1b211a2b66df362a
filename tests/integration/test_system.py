"""The system on the bundled sample, with the real store, index, encoder and reader."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from haystack import Pipeline

from qa_system import QASystem, QueryError, SettingsError, StoreError, index, load_settings, qa_pipeline, read_questions
from qa_system.samples import QUESTIONS, REVIEWS
from qa_system.sources import read_reviews

BASS = "Is the bass any good?"


def test_answers_stand_where_they_say(system: QASystem) -> None:
    reviews = {review.id: review.content for review in read_reviews(REVIEWS)}
    result = system.ask(BASS, item_id="HP-100", top_k=5)
    assert not result.abstained
    assert [answer.score for answer in result.answers] == sorted((a.score for a in result.answers), reverse=True)
    for answer in result.answers:
        span = answer.document_offset
        assert answer.document.content == reviews[answer.document.id]
        assert answer.document.content[span.start : span.end] == answer.data
        assert answer.context[answer.context_offset.start : answer.context_offset.end] == answer.data
        assert answer.document.meta["item_id"] == "HP-100"
        assert not {"split_id", "fingerprint", "found_by"} & set(answer.document.meta)
    assert any("bass" in answer.data for answer in result.answers)


def test_an_answer_late_in_a_long_review_is_placed_in_the_whole_review(system: QASystem) -> None:
    late = [question for question in read_questions(QUESTIONS) if any(label.start > 1000 for label in question.labels)]
    results = system.ask_many([(question.text, question.item_id) for question in late[:10]], top_k=10)
    placed = [answer for result in results for answer in result.answers if answer.document_offset.start > 1000]
    assert placed
    for answer in placed:
        assert answer.document.content[answer.document_offset.start : answer.document_offset.end] == answer.data


def test_an_unanswerable_question_is_abstained_from(system: QASystem) -> None:
    result = system.ask("Which planets can be seen from the cockpit?", item_id="HP-100")
    assert result.abstained
    assert result.no_answer_score > 0.5
    assert result.passages


def test_passages_tell_who_found_them(system: QASystem) -> None:
    by_name = {
        name: system.search(BASS, item_id="HP-100", retriever=name, top_k=5) for name in ("bm25", "dense", "hybrid")
    }
    assert [passage.meta["found_by"] for passage in by_name["bm25"]] == [{"bm25": rank} for rank in range(1, 6)]
    assert [passage.meta["found_by"] for passage in by_name["dense"]] == [{"dense": rank} for rank in range(1, 6)]
    hybrid = by_name["hybrid"]
    assert len(hybrid) == 5
    assert {name for passage in hybrid for name in passage.meta["found_by"]} == {"bm25", "dense"}
    assert [passage.score for passage in hybrid] == sorted((p.score for p in hybrid), reverse=True)


@pytest.mark.parametrize("retriever", ["bm25", "dense", "hybrid"])
def test_every_retriever_honours_item_and_filter(system: QASystem, retriever: str) -> None:
    low = {"field": "meta.rating", "operator": "<=", "value": 2}
    found = system.search("sound", item_id="HP-100", filters=low, retriever=retriever, top_k=50)
    assert found
    assert all(p.meta["item_id"] == "HP-100" and p.meta["rating"] <= 2 for p in found)
    everywhere = system.search("sound", filters=low, retriever=retriever, top_k=50)
    assert len({passage.meta["item_id"] for passage in everywhere}) > 1


def test_auto_is_hybrid_where_there_are_vectors(system: QASystem) -> None:
    (first, *_) = system.search(BASS, item_id="HP-100")
    assert set(first.meta["found_by"]) <= {"bm25", "dense"}
    assert system.search(BASS, item_id="HP-100") == system.search(BASS, item_id="HP-100", retriever="hybrid")


def test_many_questions_are_answered_as_one_by_one(system: QASystem) -> None:
    questions = [(question.text, question.item_id) for question in read_questions(QUESTIONS)][:6]
    together = system.ask_many(questions)
    for (query, item), result in zip(questions, together, strict=True):
        alone = system.ask(query, item_id=item)
        assert [a.data for a in result.answers] == [a.data for a in alone.answers]
        assert result.no_answer_score == pytest.approx(alone.no_answer_score, abs=0.02)


def test_searching_and_then_reading_is_asking(system: QASystem) -> None:
    asked = system.ask(BASS, item_id="HP-100")
    found = system.search(BASS, item_id="HP-100")
    read = system.read(BASS, found, item_id="HP-100")
    assert found == asked.passages
    assert [(a.data, a.document_offset) for a in read.answers] == [(a.data, a.document_offset) for a in asked.answers]
    assert (read.query, read.item_id, read.abstained) == (asked.query, asked.item_id, asked.abstained)
    assert set(read.timings) == {"reading"}
    assert system.read(BASS, []).abstained


def test_a_store_names_the_retrievers_it_is_ready_for(system: QASystem, tmp_path: Path) -> None:
    assert system.retrievers() == ["auto", "bm25", "dense", "hybrid"]
    index(REVIEWS, tmp_path / "plain.qa", settings=load_settings(overrides={"indexing": {"vectors": False}}))
    with QASystem.open(tmp_path / "plain.qa") as plain:
        assert plain.retrievers() == ["auto", "bm25"]


def test_threads_ask_at_the_same_time(system: QASystem) -> None:
    items = ["HP-100", "ER-610", "TN-520", "KM-410"] * 2
    expected = {item: system.ask("Is it good?", item_id=item) for item in set(items)}
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda item: system.ask("Is it good?", item_id=item), items)
    for item, result in zip(items, results, strict=True):
        assert [answer.data for answer in result.answers] == [answer.data for answer in expected[item].answers]
        assert {passage.meta["item_id"] for passage in result.passages} == {item}


@pytest.mark.parametrize("retriever", ["bm25", "dense", "hybrid", "auto"])
def test_the_pipeline_survives_yaml_and_answers_as_the_system_does(system: QASystem, retriever: str) -> None:
    settings = load_settings(overrides={"retrieval": {"retriever": retriever}})
    pipeline = Pipeline.loads(qa_pipeline(system.store, settings).dumps(), allowed_modules=["qa_system.*"])
    filters = {"field": "meta.item_id", "operator": "==", "value": "HP-100"}
    data = {"retriever": {"query": BASS, "filters": filters}, "reader": {"query": BASS}}
    answers = pipeline.run(data)["locator"]["answers"]
    expected = system.ask(BASS, item_id="HP-100", retriever=retriever)
    assert [answer.data for answer in answers if answer.data] == [answer.data for answer in expected.answers]
    assert [answer.document_offset for answer in answers if answer.data] == [
        answer.document_offset for answer in expected.answers
    ]


def test_items_and_reviews_are_those_of_the_source(system: QASystem) -> None:
    source = list(read_reviews(REVIEWS))
    assert system.items() == Counter(review.meta["item_id"] for review in source)
    mine = {review.id: review for review in system.reviews("ER-610")}
    theirs = {review.id: review for review in source if review.meta["item_id"] == "ER-610"}
    assert {key: review.content for key, review in mine.items()} == {key: r.content for key, r in theirs.items()}


def test_an_unknown_item_is_told_near_ones(system: QASystem) -> None:
    with pytest.raises(QueryError, match="Did you mean HP-100"):
        system.ask(BASS, item_id="hp100")


def test_an_unknown_field_is_told_the_known_ones(system: QASystem) -> None:
    with pytest.raises(QueryError, match=r"'stars'.*rating"):
        system.search("bass", filters={"field": "meta.stars", "operator": "==", "value": 5})


def test_an_unknown_retriever_is_told_the_known_ones(system: QASystem) -> None:
    with pytest.raises(SettingsError, match="bm25, dense, hybrid"):
        system.search("bass", retriever="bm52")


@pytest.mark.parametrize("question", ["", "   ", "why " * 5000])
def test_what_is_no_question_is_refused(system: QASystem, question: str) -> None:
    with pytest.raises(QueryError):
        system.ask(question)


@pytest.mark.parametrize("question", ["低音好不好", "هل الصوت جيد", "👍?", "a AND (b OR", '"', "\\", "c++ && ||"])
def test_any_characters_may_be_asked(system: QASystem, question: str) -> None:
    result = system.ask(question, item_id="HP-100")
    assert result.abstained or result.answers


def test_no_vectors_no_dense_retrieval(tmp_path: Path) -> None:
    settings = load_settings(overrides={"indexing": {"vectors": False}})
    index(REVIEWS, tmp_path / "plain.qa", settings=settings)
    with QASystem.open(tmp_path / "plain.qa") as system:
        assert system.search("bass")[0].meta["found_by"] == {"bm25": 1}
        for retriever in ("dense", "hybrid"):
            with pytest.raises(StoreError, match="no vectors"):
                system.search("bass", retriever=retriever)


def test_there_must_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="qa index"):
        QASystem.open(tmp_path / "nothing.qa")
