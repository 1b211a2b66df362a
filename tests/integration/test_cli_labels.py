"""`qa labels`, and what other commands make of labels."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_system import QASystem, index, load_settings

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)

ROWS = [
    {"id": "1", "question": "How is it?", "item_id": "I1", "context": "The bass is deep.", "answers": []},
    {
        "id": "2",
        "question": "How is the bass?",
        "item_id": "I2",
        "context": "<b>Deep</b>\nbass.",
        "answers": [{"text": "Deep</b>\nbass", "start": 3}],
    },
]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    source, store = tmp_path / "questions.jsonl", tmp_path / "s.qa"
    source.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    index(source, store, source="toy", settings=load_settings(overrides={"indexing": {"vectors": False}}))
    with QASystem.open(store) as qa:
        (review,) = qa.reviews("I1")
        spans = [("wrong", 0, 3, "Is it light?"), ("marked", 4, 8, "How is it?")]
        for verdict, start, end, question in spans:
            judged = {"question": question, "item_id": "I1", "review_id": review.id}
            qa.add_label(**judged, verdict=verdict, start=start, end=end)
    return store


def test_labels_for_people(qa: RunQA, store: Path) -> None:
    ran = qa("labels", "--store", store)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines[::2]] == ["absent", "marked", "wrong", "marked"]
    assert lines[2].split(maxsplit=1)[1] == "How is the bass?  «Deep bass»"
    assert all(part in lines[3] for part in ("review", "I2", "toy"))


def test_labels_for_programs(qa: RunQA, store: Path) -> None:
    found = json.loads(qa("labels", "--store", store, "--origin", "person", "--limit", "1", "--json").out)
    assert found["total"] == 2
    (label,) = found["labels"]
    expected = {"question": "Is it light?", "item_id": "I1", "verdict": "wrong", "text": "The", "start": 0, "end": 3}
    assert expected.items() <= label.items()
    assert set(label) - set(expected) == {"id", "review_id", "origin", "time", "split", "review_digest"}


def test_labels_are_selected_and_counted(qa: RunQA, store: Path) -> None:
    assert json.loads(qa("labels", "--store", store, "--item", "I2", "--json").out)["total"] == 1
    assert json.loads(qa("labels", "--store", store, "--stale", "--json").out)["total"] == 0
    ran = qa("labels", "--store", store, "--limit", "3")
    assert "1 more; --limit shows them." in ran.err
    assert "No labels." in qa("labels", "--store", store, "--origin", "nobody").err


def test_selected_labels_are_removed_and_never_all(qa: RunQA, store: Path) -> None:
    refused = qa("labels", "--store", store, "--remove")
    assert (refused.code, "would forget every label" in refused.err) == (2, True)
    assert "2 labels removed" in qa("labels", "--store", store, "--origin", "toy", "--remove").err
    assert json.loads(qa("labels", "--store", store, "--json").out)["total"] == 2


def test_one_label_is_selected_and_removed_by_its_id(qa: RunQA, store: Path) -> None:
    listed = json.loads(qa("labels", "--store", store, "--json").out)["labels"]
    chosen = ("labels", "--store", store, "--id", listed[1]["id"])
    assert json.loads(qa(*chosen, "--json").out)["labels"] == [listed[1]]
    assert "1 labels removed" in qa(*chosen, "--remove").err
    assert json.loads(qa("labels", "--store", store, "--json").out)["labels"] == [listed[0], *listed[2:]]
    assert "0 labels removed" in qa(*chosen, "--remove").err


def test_labels_are_exported_and_what_says_nothing_is_counted(qa: RunQA, store: Path, tmp_path: Path) -> None:
    out = tmp_path / "squad.json"
    ran = qa("convert", store, "--labels", "--to", "squad", "--out", out)
    assert ran.code == 0, ran.err
    assert ran.err.strip().endswith("or that nothing does: 1")
    articles = json.loads(out.read_text(encoding="utf-8"))["data"]
    asked = {row["question"]: row for article in articles for one in article["paragraphs"] for row in one["qas"]}
    assert {question: row["answers"] for question, row in asked.items()} == {
        "How is it?": [{"text": "bass", "answer_start": 4}],
        "How is the bass?": [{"text": "Deep\nbass", "answer_start": 0}],
    }
    assert qa("convert", out).code == 0


def test_what_is_no_store_has_no_labels(qa: RunQA, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("item_id,text\n1,ok\n")
    assert qa("labels", "--store", tmp_path / "none").code == 4
    assert qa("convert", tmp_path / "a.csv", "--labels").code == 4


def test_indexing_tells_how_many_labels_came_along(qa: RunQA, tmp_path: Path) -> None:
    arguments = ("index", "sample", "--store", tmp_path / "s.qa", "--no-vectors")
    assert ", 452 labels," in qa(*arguments).out
    assert json.loads(qa(*arguments, "--json").out)["labels"] == 0


def test_a_reader_is_measured_on_the_labels_of_a_store(qa: RunQA, store: Path, tmp_path: Path) -> None:
    ran = qa("eval", "reader", store, "--out", tmp_path / "report", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["runs"][0]["questions"] == 2
