import json
from dataclasses import replace
from pathlib import Path, PurePath

from hypothesis import given
from hypothesis import strategies as st

from qa_system.eval.answers import gold_texts
from qa_system.eval.journal import encoded
from qa_system.eval.predictions import Prediction, Reading
from qa_system.eval.runs import Header, Run
from qa_system.training.mixture import Example
from qa_system.training.scoring import as_questions, pooled, short_names

SOURCE = Path("a.jsonl")
NAMES = {SOURCE: "a.jsonl"}
PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(lambda parts: Path(*parts))


@given(paths=st.sets(PATHS, min_size=1), root=st.sampled_from(["", "/srv/data", "data"]))
def test_names_tell_sources_apart_and_say_not_where_they_lie(paths: set[Path], root: str) -> None:
    sources = {root / path for path in paths}
    names = short_names(sources)
    assert set(names) == sources
    assert len(set(names.values())) == len(sources)
    for source, name in names.items():
        assert not PurePath(name).is_absolute()
        assert source.absolute().parts[-len(PurePath(name).parts) :] == PurePath(name).parts


def test_names_are_as_short_as_can_be() -> None:
    data = Path("/srv/data")
    assert list(short_names([data / "qa/reviews.jsonl.gz"]).values()) == ["reviews.jsonl.gz"]
    two = [data / "subjqa/grocery", data / "qa/reviews.jsonl"]
    assert list(short_names(two).values()) == ["subjqa/grocery", "qa/reviews.jsonl"]


def test_a_question_has_the_labels_of_its_example() -> None:
    example = Example("How is it?", "It is deep, deep.", ((6, 10), None, (6, 16)), "opinion", SOURCE, "B01", 2.0)
    question, _ = as_questions([example, replace(example, item_id="B02")], NAMES)
    assert gold_texts(question) == example.gold == ["deep", "deep, deep"]
    assert len(question.labels) == 3
    assert (question.item_id, question.context, question.meta["style"]) == ("B01", example.context, "opinion")
    unanswerable = replace(example, answers=(None,))
    assert not as_questions([unanswerable], NAMES)[0].is_answerable


def test_an_item_that_all_of_a_source_are_about_is_the_data_set() -> None:
    other = Path("b.jsonl")
    examples = [
        Example("How?", "It is deep.", ((6, 10),), "plain", source, item)
        for source, item in ((SOURCE, "B01"), (SOURCE, "B02"), (other, "squad"), (other, "squad"))
    ]
    questions = as_questions(examples, NAMES | {other: "b.jsonl"})
    assert [question.item_id for question in questions] == ["B01", "B02", None, None]


def test_halves_of_surrogate_pairs_can_be_written_and_move_no_label() -> None:
    (question,) = as_questions([Example("How \ud83d?", "\ud83d deep", ((2, 6),), "plain", SOURCE)], NAMES)
    assert json.loads(encoded(Prediction(question)))["prediction"]["question"]["text"] == "How ??"
    assert question.labels[0].text == "deep"


def test_pooled_runs_are_in_the_order_of_the_examples() -> None:
    questions = as_questions(
        [Example("How?", f"It is deep {n}", ((6, 10),), "plain", SOURCE) for n in range(12)], NAMES
    )
    predictions = [Prediction(question, reading=Reading()) for question in questions]
    header = Header("reader", "fold", None, {"path": "a", "sha256": "0"}, 6, {"recipe": {"epochs": 1}}, {"torch": "1"})
    runs = [Run(header, tuple(predictions[start::2])) for start in (1, 0)]
    whole = pooled(runs, "all")
    assert [one.question.id for one in whole.predictions] == [str(number) for number in range(12)]
    assert (whole.header.system, whole.header.questions, whole.header.settings) == ("all", 12, header.settings)
    assert whole.header.data["sha256"] == pooled(runs[::-1], "all").header.data["sha256"] != "0"
