"""Written answers against what was marked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.eval.answers import exact_match, f1, rouge_l
from qa_system.eval.written import MEASURES, Judged, written_per_question, written_scores

BASS = Judged(["deep and full", "deep"], ["The bass is deep and full.", "The cable is short."], "a")
NOTHING = Judged([], ["The cable is short."], "b")
texts = st.text(alphabet="ab .", max_size=8)


def measured(text: str, judged: Judged) -> dict[str, float]:
    return {name: values.item() for name, values in written_per_question([text], [judged]).items()}


def same(found: dict[str, float], expected: dict[str, float]) -> bool:
    return found == pytest.approx(expected, nan_ok=True)


def test_an_answer_is_judged_by_the_annotator_whom_it_is_nearest_to() -> None:
    right = {"EM": 1, "F1": 1, "F1 answerable": 1, "ROUGE-L": 1, "no-answer accuracy": math.nan, "supported": 1}
    assert same(measured("Deep.", BASS), right)
    near = measured("short and deep", BASS)
    assert (near["EM"], near["F1"], near["ROUGE-L"]) == pytest.approx((0, 2 / 3, 1 / 2))
    assert near["supported"] == 0  # no passage has all of its words


def test_an_abstention_needs_no_support_and_is_right_where_nothing_was_marked() -> None:
    right = {"EM": 1, "F1": 1, "F1 answerable": math.nan, "ROUGE-L": 1, "no-answer accuracy": 1, "supported": math.nan}
    assert same(measured("", NOTHING), right)
    assert same(measured("", Judged([""], [])), right)
    wrong = dict.fromkeys(MEASURES, 0) | {"no-answer accuracy": math.nan, "supported": math.nan}
    assert same(measured("", BASS), wrong)


def test_an_answer_where_nothing_was_marked_is_wrong_though_a_passage_says_it() -> None:
    wrong = {"EM": 0, "F1": 0, "F1 answerable": math.nan, "ROUGE-L": 0, "no-answer accuracy": 0, "supported": 1}
    assert same(measured("the cable is short", NOTHING), wrong)


def test_means_are_over_what_a_measure_applies_to_and_intervals_over_items() -> None:
    scores = written_scores(["deep", "", "short"], [BASS, NOTHING, NOTHING])
    assert tuple(scores) == MEASURES
    counts = {"EM": 3, "F1": 3, "F1 answerable": 1, "ROUGE-L": 3, "no-answer accuracy": 2, "supported": 2}
    assert {name: one.count for name, one in scores.items()} == counts
    assert scores["EM"].value == pytest.approx(2 / 3)
    assert (scores["EM"].low, scores["EM"].high) == (0.5, 1)  # item b has one right answer of two, item a one of one
    assert math.isnan(scores["no-answer accuracy"].low)  # of one item


def test_no_questions_have_no_scores() -> None:
    assert all(math.isnan(one.value) and not one.count for one in written_scores([], []).values())


def test_a_text_is_wanted_for_every_question() -> None:
    with pytest.raises(ValueError, match="zip"):
        written_per_question(["deep"], [BASS, NOTHING])


@given(texts, st.lists(texts, max_size=3), st.lists(texts, max_size=2))
def test_every_measure_is_that_of_the_answer_alone(text: str, gold: list[str], passages: list[str]) -> None:
    judged = Judged(gold, passages)
    found = measured(text, judged)
    assert (found["EM"], found["F1"], found["ROUGE-L"]) == (
        exact_match(text, gold),
        f1(text, gold),
        pytest.approx(rouge_l(text, gold)),
    )
    assert math.isnan(found["F1 answerable"]) != math.isnan(found["no-answer accuracy"])
    assert math.isnan(found["supported"]) == (not text)
    assert all(0 <= value <= 1 for value in found.values() if not np.isnan(value))
