"""`qa summary`, `qa facts` and `qa find`."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_system import QASystem

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)

pytestmark = pytest.mark.usefixtures("model")


def test_a_summary_for_people(qa: RunQA, store: Path) -> None:
    ran = qa("summary", "FR-1", "--store", store)
    assert ran.code == 0, ran.err
    lines = [line.strip() for line in ran.out.splitlines() if line.strip()]
    assert lines[0] == "FR-1  6 reviews"
    assert lines[1:3] == ["Praised", "door  3 praise it"]
    assert lines[3].startswith("«")
    assert "review FR-1-" in lines[3]
    assert lines[4] == "lamp  1 praise it"
    assert lines[6:8] == ["Divided", "shelves  2 praise it, 2 complain  also shelf"]
    assert len(lines) == 10
    assert "«" not in qa("summary", "FR-1", "--quotes", "0", "--store", store).out


def test_a_summary_for_programs(qa: RunQA, store: Path) -> None:
    told = json.loads(qa("summary", "FR-2", "--store", store, "--json").out)
    assert set(told) == {"item_id", "reviews", "copies", "pros", "cons", "divided"}
    hum = next(line for line in told["cons"] if line["aspect"] == "hum")
    assert set(hum) == {"aspect", "terms", "mentions", "share", "interval", "praise", "complaints"}
    (quote,) = hum["complaints"]["quotes"]
    assert (quote["text"], quote["review_id"], quote["start"]) == ("Loud hum all night.", "FR-2-2", 0)


def test_one_item_or_all_of_them(qa: RunQA, store: Path) -> None:
    for arguments in (
        ("summary",),
        ("summary", "FR-1", "--all"),
        ("facts", "--ask", "Is it?"),
        ("facts", "A", "--all"),
    ):
        ran = qa(*arguments, "--store", store)
        assert (ran.code, "one of the two" in ran.err) == (2, True)
    assert qa("summary", "fr1", "--store", store).code == 5
    assert qa("facts", "FR-1", "--store", store).code == 5
    assert qa("summary", "FR-1", "--store", store.parent / "none").code == 4


def test_all_items_are_summed_up_with_their_rate(qa: RunQA, store: Path) -> None:
    first = qa("summary", "--all", "--store", store)
    assert "4 items have a summary, 0 of them from before: 12 reviews in" in " ".join(first.out.split())
    again = json.loads(qa("summary", "--all", "--store", store, "--json").out)
    assert again == {"items": 4, "kept": 4, "reviews": 0, "seconds": 0.0, "rate": 0.0}


def test_an_interrupted_job_says_how_to_go_on(qa: RunQA, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(QASystem, "summarise_all", interrupted)
    ran = qa("summary", "--all", "--store", store)
    assert ran.code == 130
    assert "run the same command to go on" in ran.err
    assert "0 items" in ran.out


def test_facts_for_people_for_programs_and_as_a_table(qa: RunQA, store: Path, tmp_path: Path) -> None:
    asked = ("facts", "FR-1", "KE-1", "--ask", "Is it quiet?", "--store", store)
    shown = qa(*asked)
    assert shown.out.splitlines()[0].split() == ["item", "answer", "reviewers"]
    assert shown.out.splitlines()[1].split()[:2] == ["FR-1", "yes"]
    told = json.loads(qa(*asked, "--json").out)["facts"]
    assert [fact["item_id"] for fact in told] == ["FR-1", "KE-1"]
    written = qa(*asked, "--out", tmp_path / "facts.csv")
    assert (written.out, "2 rows written to" in written.err) == ("", True)
    with (tmp_path / "facts.csv").open(encoding="utf-8", newline="") as file:
        assert [row["quote"] for row in csv.DictReader(file)] == [fact["quote"] for fact in told]
    refused = qa(*asked, "--out", tmp_path / "facts.txt")
    assert (refused.code, ".csv or .parquet" in refused.err) == (2, True)


def test_items_are_found(qa: RunQA, store: Path) -> None:
    shown = qa("find", "a quiet fridge", "--store", store)
    assert shown.code == 0, shown.err
    assert shown.out.startswith("FR-1")
    assert "reviewers say so" in shown.out
    assert "«" in shown.out
    told = json.loads(qa("find", "a quiet fridge", "--store", store, "--top-k", "1", "--json").out)
    (item,) = told["items"]
    assert (told["query"], item["item_id"]) == ("a quiet fridge", "FR-1")
    assert set(item) == {"item_id", "score", "interval", "reviews", "supporting", "opposing"}
    assert "No reviewer speaks" in qa("find", "zzz qqq", "--store", store).err
    assert qa("find", " ", "--store", store).code == 5
    assert qa("find", "quiet", "--filter", "stars=5", "--store", store).code == 5
