import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.errors import SourceError
from qa_system.records import Label, Question
from qa_system.sources import read_questions
from qa_system.sources.conversion import squad_json
from qa_system.sources.values import content_id

CONTEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip)


@st.composite
def question(draw: st.DrawFn) -> Question:
    item, context = draw(st.sampled_from(["bag", "télé"])), draw(CONTEXTS)
    spans = draw(st.lists(st.tuples(*[st.integers(0, len(context))] * 2), max_size=3))
    review = content_id(item, context)
    labels = tuple(Label(review, context[start:end], start, end) for start, end in spans if start < end)
    return Question("", draw(st.sampled_from(["How is it?", "Où?"])), item, labels or (Label(review),), context)


@settings(max_examples=50)
@given(st.lists(question(), min_size=1, max_size=6))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, questions: list[Question]) -> None:
    numbered = [replace(each, id=f"q{number}") for number, each in enumerate(questions)]
    path = tmp_path_factory.mktemp("squad") / "train.json"
    path.write_text(json.dumps(squad_json(numbered)), encoding="utf-8")
    assert sorted(read_questions(path, strict=True), key=lambda each: each.id) == numbered


def test_annotators_who_found_nothing_do_not_take_the_answer_away() -> None:
    labels = (Label("r"), Label("r", "deep", 12, 16))
    file = squad_json([Question("q", "How is it?", "bag", labels, "The bass is deep.")])
    ((asked,),) = (paragraph["qas"] for article in file["data"] for paragraph in article["paragraphs"])
    assert (asked["is_impossible"], asked["answers"]) == (False, [{"text": "deep", "answer_start": 12}])


def test_splits_that_share_questions_are_told_apart(shared: Path) -> None:
    folder = shared / "data/subjqa/electronics"
    file = squad_json(read_questions(folder))
    ids = [asked["id"] for article in file["data"] for one in article["paragraphs"] for asked in one["qas"]]
    assert len(ids) == len(set(ids)) == sum(1 for _ in read_questions(folder))


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([], "no labelled questions"),
        ([Question("q", "How?", "bag", (), "Fine.")], "no labelled questions"),
        ([Question("q", "How?", "bag")], "names reviews of a store"),
        ([Question("q", "How?", "bag", (Label("r"),), "Fine.")] * 2, "stands for several"),
    ],
)
def test_what_cannot_be_converted(questions: list[Question], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        squad_json(questions)
