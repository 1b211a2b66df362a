"""What systems are held against."""

from typing import Any

import pytest

from qa_system.eval.baselines import of_answering, of_retrieval
from qa_system.eval.runs import Header, Kind, Scope
from qa_system.records import Label, Question


def asked(number: int, *labels: Label, **meta: Any) -> Question:
    return Question(f"q{number}", "How?", f"i{number}", labels, meta=meta)


AGREED = asked(1, Label("r1", "good", 0, 4), Label("r1", "good", 0, 4))
DISPUTED = asked(2, Label("r1", "good", 0, 4), Label("r1"))
UNANSWERED = asked(3, Label("r1"))


def test_people_are_scored_by_judgement_and_one_who_abstains_by_question() -> None:
    found = of_answering([AGREED, DISPUTED, UNANSWERED], "reader")
    assert list(found) == ["people", "always abstaining"]
    assert (found["people"]["F1"].value, found["people"]["F1"].count) == (0.5, 4)
    abstaining = found["always abstaining"]
    assert abstaining["EM"].value == abstaining["F1"].value == pytest.approx(1 / 3)
    assert (abstaining["no-answer accuracy"].value, abstaining["answered"].value) == (1, 0)


@pytest.mark.parametrize("kind", ["pipeline", "generator"])
def test_people_read_one_review_and_are_no_line_for_what_reads_several(kind: Kind) -> None:
    assert list(of_answering([AGREED, DISPUTED], kind)) == ["always abstaining"]


def test_where_nobody_judged_twice_there_are_no_people() -> None:
    assert list(of_answering([UNANSWERED], "reader")) == ["always abstaining"]


def header(scope: Scope, corpus: int | None = None) -> Header:
    return Header("retriever", "x", scope, {}, 2, {}, {}, corpus=corpus)


def test_chance_draws_from_the_item_or_from_the_corpus() -> None:
    questions = [asked(number, Label("r1", "good", 0, 4), item_reviews=size) for number, size in enumerate((2, 4))]
    assert of_retrieval(questions, header("item"), [1])["random"]["R@1"].value == pytest.approx((1 / 2 + 1 / 4) / 2)
    assert of_retrieval(questions, header("corpus", 100), [1])["random"]["R@1"].value == pytest.approx(1 / 100)


def test_chance_among_an_unknown_number_of_reviews_is_not_guessed() -> None:
    assert of_retrieval([asked(1, Label("r1", "good", 0, 4))], header("item"), [1]) == {}
    assert of_retrieval([AGREED], header("corpus"), [1]) == {}
