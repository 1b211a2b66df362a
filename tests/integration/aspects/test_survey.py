"""Summaries, facts and searches on a real store; the model of opinions is one that knows some words."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from haystack import Pipeline

from qa_system import AspectSummarizer, QASystem, QueryError, SettingsError, index, load_settings
from qa_system.fact_table import write_table
from qa_system.presentation import FACT_COLUMNS, summary_object

QUIET = "Is it quiet?"


@pytest.fixture
def change(store: Path, source: Path, write: Callable[..., None]) -> Callable[..., None]:
    """Index the source again with other reviews."""

    def to(reviews: dict[str, list[str]]) -> None:
        write(source, reviews)
        settings = load_settings(overrides={"indexing": {"vectors": False}})
        index(source, store, source="toy", prune=True, settings=settings)

    return to


def test_pros_and_cons_are_counted_and_quoted_at_their_places(system: QASystem) -> None:
    summary = system.summary("FR-1")
    texts = {review.id: review.content for review in system.reviews("FR-1")}
    counts = {line.aspect: (line.praise.support, line.complaints.support) for line in summary.lines}
    assert counts == {"door": (3, 0), "shelves": (2, 2), "lamp": (1, 0)}
    assert [line.aspect for line in summary.pros] == ["door", "lamp"]
    (shelves,) = summary.divided
    assert shelves.terms == ("shelf",)
    for line in summary.lines:
        for quote in (*line.praise.quotes, *line.complaints.quotes):
            span = quote.document_offset
            assert texts[quote.document.id][span.start : span.end] == quote.data
    assert (summary.item_id, summary.reviews, summary.copies) == ("FR-1", 6, 0)


def test_a_summary_is_kept_until_the_reviews_change(store: Path, change: Callable[..., None], model: Any) -> None:
    with QASystem.open(store) as first:
        made = summary_object(first.summary("FR-1"))
    asked = model.texts
    with QASystem.open(store) as again:
        assert summary_object(again.summary("FR-1")) == made
    assert model.texts == asked
    change({"FR-1": ["The door broke.", "Flimsy door."], "FR-2": ["A good lamp."]})
    with QASystem.open(store) as changed:
        (door,) = changed.summary("FR-1").cons
    assert (door.aspect, door.complaints.support) == ("door", 2)
    assert model.texts == asked + 2


def test_one_review_in_two_languages_is_summed_up(system: QASystem) -> None:
    (door,) = system.summary("XX-1").pros
    assert door.praise.quotes[0].data == "The door is good."


def test_an_item_that_is_not_there_is_told_near_ones(system: QASystem) -> None:
    for ask in (system.summary, lambda item: system.facts([item], [QUIET]), lambda item: system.summarise_all([item])):
        with pytest.raises(QueryError, match="Did you mean FR-1"):
            ask("fr1")


def test_all_items_are_summed_up_and_an_interrupted_job_goes_on(system: QASystem, model: Any) -> None:
    def interrupt(stage: str, done: int, total: int | None) -> None:
        assert total == 12
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        system.summarise_all(progress=interrupt)
    assert model.texts == 6
    report = system.summarise_all()
    assert (report.items, report.kept, report.reviews) == (4, 1, 6)
    assert report.rate > 0
    assert model.texts == 12
    again = system.summarise_all()
    assert (again.items, again.kept, again.reviews, again.rate) == (4, 4, 0, 0)
    assert system.summarise_all(["KE-1", "KE-1"]).items == 1


def test_facts_are_rows_of_items_and_questions(system: QASystem) -> None:
    rows = system.facts(["FR-1", "FR-2"], [QUIET, "Which planets can be seen from it?"])
    assert [(row.item_id, row.question == QUIET) for row in rows] == [
        ("FR-1", True),
        ("FR-1", False),
        ("FR-2", True),
        ("FR-2", False),
    ]
    quiet, planets = rows[:2]
    assert quiet.answer == "yes"
    assert quiet.quote.document.content[quiet.quote.document_offset.start :].startswith(quiet.quote.data)
    assert (planets.answer, planets.quote) == ("", None)


def test_without_a_question_there_are_no_facts(system: QASystem) -> None:
    with pytest.raises(QueryError, match="no question"):
        system.facts(None, [])
    with pytest.raises(QueryError, match="empty"):
        system.facts(None, [QUIET, " "])


def test_facts_are_written_as_tables(system: QASystem, tmp_path: Path) -> None:
    rows = system.facts(None, [QUIET])
    write_table(rows, tmp_path / "facts.csv")
    with (tmp_path / "facts.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["item_id"] for row in read] == list(system.items())
    assert tuple(read[0]) == FACT_COLUMNS
    assert read[0]["answer"] == "yes"
    parquet = pytest.importorskip("pyarrow.parquet")
    write_table(rows, tmp_path / "facts.parquet")
    table = parquet.read_table(tmp_path / "facts.parquet").to_pylist()
    assert [row["quote"] for row in table] == [row["quote"] or None for row in read]
    assert isinstance(table[0]["support"], int)


@pytest.mark.parametrize("name", ["facts.txt", "facts", "nowhere/facts.csv"])
def test_what_is_no_table_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"\.csv or \.parquet|no folder"):
        write_table([], tmp_path / name)


def test_items_are_ranked_by_how_many_reviewers_say_so(system: QASystem) -> None:
    found = system.find("a quiet fridge for a small kitchen")
    assert found[0].item_id == "FR-1"
    assert "KE-1" not in {item.item_id for item in found}
    best = found[0]
    assert best.supporting.support >= 5
    assert best.score == best.interval[0]
    quote = best.supporting.quotes[0]
    assert quote.document.content[quote.document_offset.start : quote.document_offset.end] == quote.data
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)


def test_few_items_may_be_asked_for_and_none_may_be_found(system: QASystem) -> None:
    assert len(system.find("something quiet", top_k=1)) == 1
    assert system.find("zzz qqq") == []
    with pytest.raises(QueryError, match="top_k"):
        system.find("a quiet fridge", top_k=0)
    with pytest.raises(QueryError, match="empty"):
        system.find(" ")
    with pytest.raises(QueryError, match="'stars'"):
        system.find("a quiet fridge", filters={"field": "meta.stars", "operator": "==", "value": 5})


def test_the_component_works_in_a_pipeline(system: QASystem) -> None:
    pipeline = Pipeline()
    pipeline.add_component("summarizer", AspectSummarizer())
    summary = pipeline.run({"summarizer": {"documents": system.reviews("FR-1")}})["summarizer"]["summary"]
    assert summary_object(summary) == summary_object(system.summary("FR-1"))
