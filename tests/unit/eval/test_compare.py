"""Systems are compared on identical questions, or not at all."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from qa_system.errors import SettingsError, SourceError
from qa_system.eval.compare import compare, labels
from qa_system.eval.predictions import Answer, Prediction, Ranked, Reading
from qa_system.eval.runs import Header, Run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard
from qa_system.records import Label, Question

QUESTIONS = [Question(f"q{number}", "How?", f"i{number}", (Label("r1", "good", 0, 4),)) for number in range(30)]


def reader(system: str, right: Callable[[int], bool], questions: list[Question] = QUESTIONS) -> Scorecard:
    predictions = [
        Prediction(
            question,
            None,
            Reading((Answer("good" if right(number) else "bad", 0.5, question.item_id, "r1", 0, 4),), 0.1, False),
        )
        for number, question in enumerate(questions)
    ]
    header = Header("reader", system, None, {"path": f"{system}.csv", "split": "test"}, len(questions), {}, {})
    return score(Run(header, tuple(predictions)))


def always(number: int) -> bool:
    return True


def never(number: int) -> bool:
    return False


def test_a_difference_beyond_noise_has_a_direction() -> None:
    comparison = compare([reader("bad", never), reader("good", always), reader("same", always)], measures=["F1"])
    assert comparison.systems == ("bad", "good", "same")
    verdicts = {(row.first, row.second): (row.difference.value, row.verdict) for row in comparison.rows}
    assert verdicts == {
        ("bad", "good"): (1.0, "better"),
        ("bad", "same"): (1.0, "better"),
        ("good", "same"): (0.0, "no difference beyond noise"),
    }
    backwards = compare([reader("good", always), reader("bad", never)], measures=["F1"])
    assert [(row.difference.value, row.verdict) for row in backwards.rows] == [(-1.0, "worse")]


def test_a_difference_within_noise_is_called_so() -> None:
    comparison = compare([reader("a", lambda number: number % 2 == 0), reader("b", lambda number: number % 5 < 3)])
    assert comparison.measures == ("F1", "EM")
    assert {row.verdict for row in comparison.rows} == {"no difference beyond noise"}


def test_p_values_are_corrected_for_all_comparisons_made() -> None:
    a, b = reader("a", lambda number: number < 10), reader("b", lambda number: number < 17)
    (alone,) = compare([a, b], measures=["F1"]).rows
    assert alone.p == pytest.approx(alone.difference.p_value)
    assert alone.verdict == "better"
    among = compare([a, b, reader("c", lambda number: number < 10), reader("d", lambda number: number < 11)])
    row = next(row for row in among.rows if (row.measure, row.first, row.second) == ("F1", "a", "b"))
    assert len(among.rows) == 2 * 6
    assert row.difference.p_value == alone.difference.p_value
    assert row.p > alone.p
    assert row.verdict == "no difference beyond noise"


def test_the_order_of_the_questions_does_not_matter() -> None:
    first, second = reader("a", lambda number: number < 10), reader("b", lambda number: number < 20)
    order = np.arange(len(QUESTIONS))[::-1]
    reversed_ = replace(
        second,
        predictions=tuple(second.predictions[index] for index in order),
        values={name: values[order] for name, values in second.values.items()},
    )
    assert compare([first, reversed_]).rows == compare([first, second]).rows


def test_disagreements_are_shown_from_both_sides() -> None:
    comparison = compare([reader("a", always), reader("b", lambda number: number != 7)])
    (one,) = comparison.disagreements
    assert (one.first, one.second, one.values) == ("a", "b", (1.0, 0.0))
    assert [prediction.question.id for prediction in one.predictions] == ["q7", "q7"]
    assert one.predictions[1].reading.text == "bad"


def test_one_run_is_nothing_to_compare() -> None:
    with pytest.raises(SettingsError, match="two run files"):
        compare([reader("a", always)])


def test_a_run_is_not_compared_with_itself() -> None:
    with pytest.raises(SettingsError, match=r"same run twice: 'a' \(a.csv"):
        compare([reader("a", always), reader("b", always), reader("a", always)])


def test_a_measure_that_applies_to_no_question_decides_nothing() -> None:
    questions = [Question("q", "How?", "i", (Label("r1", "good", 0, 4),))]
    runs = [reader(system, always, questions) for system in "ab"]
    (row,) = compare(runs, measures=["no-answer accuracy"]).rows
    assert (row.difference.count, row.verdict) == (0, "nothing to measure")


def test_different_questions_are_counted_and_named() -> None:
    with pytest.raises(SourceError) as caught:
        compare([reader("a", always), reader("b", always, [*QUESTIONS[2:], Question("new", "Why?", "i1")])])
    message = str(caught.value)
    assert "2 questions (q0, q1) only in 'a' (a.csv, split test)" in message
    assert "1 question (new) only in 'b' (b.csv, split test)" in message


def test_other_labels_are_told() -> None:
    changed = [replace(QUESTIONS[0], labels=(Label("r1"),)), *QUESTIONS[1:]]
    with pytest.raises(SourceError, match=r"1 question \(q0\) asked or labelled differently"):
        compare([reader("a", always), reader("b", always, changed)])


def test_a_retriever_is_not_compared_with_a_reader() -> None:
    header = Header("retriever", "bm25", "corpus", {}, len(QUESTIONS), {}, {}, corpus=100)
    found = tuple(Prediction(question, (Ranked(question.item_id or "", "r1", 1.0),)) for question in QUESTIONS)
    retriever = score(Run(header, found))
    with pytest.raises(SettingsError, match="a reader and a retriever"):
        compare([reader("a", always), retriever])
    other = score(Run(replace(header, system="dense"), found))
    assert compare([retriever, other]).measures == ("RR@1", "R@1")


def test_an_unknown_measure_is_answered_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"R@5.*EM, F1"):
        compare([reader("a", always), reader("b", always)], measures=["R@5"])


def test_runs_of_one_name_are_told_apart() -> None:
    def header(system: str, scope: str | None = None) -> Header:
        return Header("retriever", system, scope, {}, 0, {}, {})  # type: ignore[arg-type]

    assert labels([header("bm25", "item"), header("dense", "item")]) == ("bm25", "dense")
    assert labels([header("bm25", "item"), header("bm25", "corpus")]) == ("bm25 (item)", "bm25 (corpus)")
    assert labels([header("a"), header("b"), header("a")]) == ("a #1", "b", "a #2")
    assert labels([header("a", "item")] * 2) == ("a (item) #1", "a (item) #2")
