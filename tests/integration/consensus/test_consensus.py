"""What reviewers agree on, with the real store, reader and encoder."""

import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from haystack import Document, Pipeline

from qa_system import (
    ConsensusBuilder,
    QASystem,
    QueryError,
    SettingsError,
    index,
    load_settings,
    result_object,
    verdict,
)
from qa_system.cache import FILE_NAME
from qa_system.models import bundled_models
from qa_system.reading.reader import Reader

BASS = "Is the bass any good?"


def test_both_sides_stand_where_they_say(speakers: QASystem) -> None:
    result = speakers.ask(BASS, item_id="SP-1", consensus=True)
    consensus = result.consensus
    assert verdict(consensus) == "mostly yes (3 of 4)"
    assert [(side.stance, side.support) for side in consensus.sides] == [("yes", 3), ("no", 1)]
    assert (consensus.reviews, consensus.copies) == (5, 0)
    for side in consensus.sides:
        for quote in side.quotes:
            span = quote.document_offset
            assert quote.document.content[span.start : span.end] == quote.data
            assert quote.context[quote.context_offset.start : quote.context_offset.end] == quote.data
    reviews = [answer.document.id for answer in speakers.ask(BASS, item_id="SP-1", consensus=True, top_k=9).answers]
    assert len(reviews) == len(set(reviews)) == 5
    assert set(result.timings) == {"retrieval", "reading", "consensus"}
    assert speakers.ask(BASS, item_id="SP-1").consensus is None


def test_spam_counts_once_and_is_read_once(speakers: QASystem, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    run_batch = Reader.run_batch

    def counted(self: Reader, queries: Any, documents: Any, **options: Any) -> Any:
        read.extend(document.content for (document,) in documents)
        return run_batch(self, queries, documents, **options)

    monkeypatch.setattr(Reader, "run_batch", counted)
    consensus = speakers.ask(BASS, item_id="SP-2", consensus=True).consensus
    assert [(side.stance, side.support) for side in consensus.sides] == [("no", 2), ("yes", 1)]
    assert (consensus.reviews, consensus.copies) == (502, 499)
    assert len(read) == 3


def test_the_same_question_on_the_same_reviews_is_not_read_again(
    speakers: QASystem, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = speakers.ask(BASS, item_id="SP-1", consensus=True)
    monkeypatch.setattr(Reader, "run_batch", lambda *_, **__: pytest.fail("it was read again"))
    again = speakers.ask(BASS, item_id="SP-1", consensus=True)
    assert result_object(again) == result_object(first) | {"timings": again.timings}
    assert set(again.timings) == {"retrieval"}
    with QASystem.open(store) as other:
        assert other.ask(BASS, item_id="SP-1", consensus=True).consensus == first.consensus


def test_changed_reviews_are_read_again(speakers: QASystem, store: Path, tmp_path: Path) -> None:
    before = speakers.ask(BASS, item_id="SP-3", consensus=True).consensus
    assert verdict(before) == "yes, says the one review that speaks of it"
    path = tmp_path / "more.jsonl"
    path.write_text('{"item_id": "SP-3", "review_id": "SP-3-9", "text": "The bass is awful."}', encoding="utf-8")
    index(path, store, settings=load_settings(overrides={"indexing": {"vectors": False}}))
    with QASystem.open(store) as changed:
        assert changed.ask(BASS, item_id="SP-3", consensus=True).consensus.speaking == 2


def test_a_damaged_file_of_what_was_kept_costs_time_only(speakers: QASystem, store: Path) -> None:
    first = speakers.ask(BASS, item_id="SP-3", consensus=True)
    (store / FILE_NAME).write_bytes(b"nothing of the kind" * 1000)
    again = speakers.ask(BASS, item_id="SP-3", consensus=True)
    assert again.consensus == first.consensus
    assert "reading" in again.timings


def test_reviews_that_do_not_say(speakers: QASystem) -> None:
    result = speakers.ask("Which planets can be seen from the cockpit?", item_id="SP-3", consensus=True)
    assert result.consensus.sides == ()
    assert verdict(result.consensus) == "The reviews don't say"
    assert result.abstained


def test_filters_and_passages_choose_the_reviews(speakers: QASystem) -> None:
    one = {"field": "meta.review_id", "operator": "==", "value": "SP-1-3"}
    assert verdict(speakers.ask(BASS, item_id="SP-1", consensus=True, filters=one).consensus).startswith("no, says")
    assert speakers.ask(BASS, item_id="SP-1", consensus=True, passages=2).consensus.reviews == 2


def test_what_cannot_be_asked_is_refused(speakers: QASystem) -> None:
    with pytest.raises(QueryError, match="about one item: name it"):
        speakers.ask(BASS, consensus=True)
    with pytest.raises(QueryError, match="No reviews of item 'SP-9'"):
        speakers.ask(BASS, item_id="SP-9", consensus=True)
    with pytest.raises(QueryError, match="passages is 0"):
        speakers.ask(BASS, item_id="SP-1", consensus=True, passages=0)
    with pytest.raises(SettingsError, match="takes no consensus"):
        speakers.ask(BASS, item_id="SP-1", consensus=True, mode="generate")
    with pytest.raises(SettingsError, match=r"min_score is 2, it has to be in \[0, 1\]"):
        ConsensusBuilder(min_score=2)


def test_the_component_works_in_a_pipeline_of_somebody_else(model: object) -> None:
    pipeline = Pipeline()
    pipeline.add_component("reader", Reader(top_k=9, no_answer=True))
    pipeline.add_component("consensus", ConsensusBuilder(min_score=0.1))
    pipeline.connect("reader.answers", "consensus.answers")
    pipeline = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"])
    texts = ["The bass is great.", "I find the bass is good.", "The bass is weak."]
    documents = [Document(id=str(number), content=text) for number, text in enumerate(texts)]
    data = {"reader": {"query": BASS, "documents": documents}, "consensus": {"query": BASS, "reviews": documents}}
    consensus = pipeline.run(data)["consensus"]["consensus"]
    assert {side.stance: side.support for side in consensus.sides} == {"yes": 2, "no": 1}


def test_the_command_shows_both_sides(qa: Callable, store: Path, model: object) -> None:
    ran = qa("ask", BASS, "--item", "SP-1", "--store", store, "--consensus")
    assert ran.code == 0, ran.err
    assert "Mostly yes (3 of 4)  5 reviews read" in ran.out
    assert "Agreement 75%" in ran.out
    assert ran.out.index("Yes: 3 reviewers") < ran.out.index("No: 1 reviewer")
    assert "review SP-1-3" in ran.out


def test_the_command_tells_programs(qa: Callable, store: Path, model: object) -> None:
    ran = qa("ask", BASS, "--item", "SP-1", "--store", store, "--consensus", "--json")
    found = json.loads(ran.out)["consensus"]
    assert found["verdict"] == "mostly yes (3 of 4)"
    assert (found["kind"], found["speaking"], found["reviews"], found["copies"]) == ("yes/no", 4, 5, 0)
    assert found["interval"][0] < found["agreement"] == 0.75 < found["interval"][1]
    assert [(side["stance"], side["support"], len(side["quotes"])) for side in found["sides"]] == [
        ("yes", 3, 3),
        ("no", 1, 1),
    ]
    assert {"text", "review_id", "start", "end"} <= found["sides"][0]["quotes"][0].keys()
    assert qa("ask", BASS, "--store", store, "--consensus").code == QueryError.exit_code


@pytest.mark.skipif(
    "minilm-review-opinions" not in bundled_models(), reason="minilm-review-opinions is not trained yet"
)
class TestWithWeights:
    """The bundled model of opinions."""

    def test_a_debated_question_has_two_sides(self, system: QASystem) -> None:
        consensus = system.ask(BASS, item_id="HP-100", consensus=True).consensus
        assert {"yes", "no"} <= {side.stance for side in consensus.sides}
        assert 5 <= consensus.speaking <= 15

    def test_facts_are_grouped_with_the_stores_encoder(self, system: QASystem) -> None:
        consensus = system.ask("What cable do I need to charge it", item_id="HL-530", consensus=True).consensus
        assert consensus.kind == "factual"
        assert "micro" in consensus.leading.quotes[0].data.lower()

    @pytest.mark.parametrize(
        ("question", "text", "stance"),
        [
            ("Does it leak?", "It does not leak at all, I am very happy.", "no"),
            ("Does it leak?", "It leaks everywhere, what a mess.", "yes"),
            ("Is it comfortable?", "Extremely comfortable, I wear them all day.", "yes"),
            ("Is it comfortable?", "Very uncomfortable, my ears hurt.", "no"),
        ],
    )
    def test_praise_and_blame_answer_the_question(self, question: str, text: str, stance: str) -> None:
        review = Document(id="1", content=text)
        answers = Reader().run(question, [review], top_k=1, no_answer=False)["answers"]
        consensus = ConsensusBuilder(min_score=0).run(question, answers)["consensus"]
        assert consensus.leading.stance == stance

    @pytest.mark.slow
    def test_what_was_kept_is_there_at_once(self, system: QASystem) -> None:
        system.ask(BASS, item_id="HP-100", consensus=True)
        started = perf_counter()
        system.ask(BASS, item_id="HP-100", consensus=True)
        assert perf_counter() - started < 1  # 0.1 s on an idle machine: tests/benchmarks/bench_consensus.py
