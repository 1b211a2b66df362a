"""Scorecards of runs small enough to be worked out by hand."""

import json
import math
import random
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from qa_system.eval.predictions import Answer, Prediction, Ranked, Reading
from qa_system.eval.runs import Header, Kind, Run, Session
from qa_system.eval.score import score
from qa_system.eval.scorecard import Estimate
from qa_system.records import Label, Question


def asked(name: str, *labels: Label, item: str | None = None, **meta: object) -> Question:
    return Question(name, "How is the bass?", item or f"item of {name}", labels, meta=meta)


def marked(text: str, review: str = "r1") -> Label:
    return Label(review, text, 0, len(text))


def read(*texts: str, surest: float = 0.5, no_answer: float = 0.2) -> Reading:
    answers = [Answer(text, surest - 0.01 * place, "i", "r1", 0, len(text)) for place, text in enumerate(texts)]
    return Reading(tuple(answers), no_answer, abstained=no_answer > 0.5)


def made(kind: Kind, *predictions: Prediction, corpus: int | None = None, sessions: tuple[Session, ...] = ()) -> Run:
    scope = None if kind in ("reader", "generator") else "corpus" if corpus else "item"
    header = Header(kind, "x", scope, {"path": "p"}, len(predictions), {}, {}, {"reader": {"bytes": 7}}, corpus)
    return Run(header, predictions, sessions)


READER = made(
    "reader",
    Prediction(asked("right", marked("very good"), marked("good")), None, read("very good", surest=0.9)),
    Prediction(asked("half", marked("deep bass")), None, read("bass", "deep bass", surest=0.6)),
    Prediction(asked("shy", marked("loud")), None, read("loud", surest=0.4, no_answer=0.7)),
    Prediction(asked("silent", Label("r1")), None, read("cheap", surest=0.1, no_answer=0.9)),
    Prediction(asked("talking", Label("r1")), None, read("cheap", surest=0.7, no_answer=0.3)),
    Prediction(asked("broken", Label("r1")), None, None, error="out of memory"),
)


def test_a_reader_by_hand() -> None:
    card = score(READER)
    two_thirds = 2 / 3
    expected = {
        "EM": (2 / 6, 6),
        "F1": ((1 + two_thirds + 1) / 6, 6),
        "EM answerable": (1 / 3, 3),
        "F1 answerable": ((1 + two_thirds) / 3, 3),
        "no-answer accuracy": (1 / 3, 3),
        "answered": (3 / 6, 6),
        "forced F1": ((1 + two_thirds + 1) / 3, 3),
        "top-3 F1": (1, 3),
        # Abstaining above 0.7 or above 0.2 is as good: "shy" is lost, and "talking" won.
        "best F1": ((1 + two_thirds + 1 + 1) / 6, 6),
        "best threshold": (0.2, 6),
        # By confidence: right, talking, half, shy, silent, broken.
        "AURC": (np.mean([0, 1 / 2, (1 + 1 / 3) / 3, (1 + 1 / 3) / 4, (2 + 1 / 3) / 5, (3 + 1 / 3) / 6]), 6),
        "ECE answer": ((0.1 + 0.6 + 0.6 + 0.1 + 0.7) / 5, 5),
        "ECE no answer": (np.mean([(2 * 0.2) / 2, (2 * 0.2) / 2, 0.7, 0.1, 0.7]), 5),
    }
    assert {name: estimate.value for name, estimate in card.measures.items()} == pytest.approx(
        {name: value for name, (value, _) in expected.items()}
    )
    assert {name: estimate.count for name, estimate in card.measures.items()} == {
        name: count for name, (_, count) in expected.items()
    }
    assert card.failed == 1
    assert card.loss is None
    assert math.isnan(card.measures["best threshold"].low)


def test_baselines_of_a_reader() -> None:
    baselines = score(READER).baselines
    assert {name: estimate.value for name, estimate in baselines["always abstaining"].items()} == {
        "EM": 0.5,
        "F1": 0.5,
        "EM answerable": 0,
        "F1 answerable": 0,
        "no-answer accuracy": 1,
        "answered": 0,
    }
    assert {name: (one.value, one.count) for name, one in baselines["people"].items()} == {
        "EM": (0, 2),
        "F1": (pytest.approx(2 / 3), 2),
    }
    assert "people" not in score(replace(READER, predictions=READER.predictions[1:])).baselines


def ranked(*reviews: str, item: str) -> tuple[Ranked, ...]:
    return tuple(Ranked(item, review, float(-place)) for place, review in enumerate(reviews))


RETRIEVER = made(
    "retriever",
    Prediction(asked("first", marked("x"), item="i", item_reviews=4), ranked("r1", "r2", "r3", item="i")),
    Prediction(
        asked("third", marked("x", "r3"), marked("x", "r9"), item="j", item_reviews=4),
        ranked("r1", "r2", "r3", item="j"),
    ),
    Prediction(asked("nothing", Label("r1"), item="j", item_reviews=4), ranked("r1", item="j")),
    Prediction(asked("broken", marked("x"), item="k", item_reviews=4), ranked("r1", item="k"), error="store is gone"),
)


def test_a_retriever_by_hand() -> None:
    card = score(RETRIEVER, ks=(1, 3))
    found = {name: card.measures[name].value for name in ("R@1", "R@3", "P@1", "RR@3", "AP@3", "Success@3")}
    assert found == pytest.approx(
        {
            "R@1": 1 / 3,
            "R@3": (1 + 1 / 2) / 3,
            "P@1": 1 / 3,
            "RR@3": (1 + 1 / 3) / 3,
            "AP@3": (1 + 1 / 3 / 2) / 3,
            "Success@3": 2 / 3,
        }
    )
    assert {card.measures[name].count for name in found} == {3}
    assert np.isnan(card.values["R@1"]).tolist() == [False, False, True, False]
    assert card.curves["recall"].x.tolist() == [1, 2, 3]
    assert card.curves["recall"].y.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 2])
    assert {name: len(found) for name, found in card.mistakes.items()} == {
        "failed": 1,
        "review found": 2,
        "nothing to find": 1,
    }


def test_chance_finds_the_share_of_reviews_looked_at() -> None:
    predictions = [
        Prediction(asked(f"q{number}", marked("x"), item=f"i{number}", item_reviews=4), ()) for number in range(200)
    ]
    within = score(made("retriever", *predictions), ks=(1,)).baselines["random"]
    overall = score(made("retriever", *predictions, corpus=2), ks=(1,)).baselines["random"]
    assert within["R@1"].value == pytest.approx(1 / 4, abs=0.03)
    assert overall["R@1"].value == pytest.approx(1 / 2, abs=0.03)
    unknown = made("retriever", Prediction(asked("q", marked("x")), ()))
    assert score(unknown).baselines == {}


def test_cutoffs_beyond_the_depth_are_measured_at_the_depth() -> None:
    assert [name for name in score(RETRIEVER).values if name.startswith("R@")] == ["R@1", "R@3"]
    deep = replace(RETRIEVER, header=replace(RETRIEVER.header, settings={"retrieval": {"depth": 7}}))
    assert [name for name in score(deep).values if name.startswith("R@")] == ["R@1", "R@3", "R@5", "R@7"]


PIPELINE = made(
    "pipeline",
    Prediction(asked("misled", marked("good")), ranked("r1", item="item of misled"), read("bad"), read("good")),
    Prediction(asked("helped", marked("deep bass")), (), read("deep bass"), read("bass")),
    Prediction(asked("broken", marked("good")), None, None, None, error="out of memory"),
)


def test_what_a_pipeline_loses_by_hand() -> None:
    loss = score(PIPELINE).loss
    assert loss is not None
    assert (loss.pipeline.value, loss.isolated.value) == pytest.approx((1 / 3, (1 + 2 / 3) / 3))
    assert (loss.retrieval.value, loss.reading.value) == pytest.approx(((1 - 1 / 3) / 3, (1 / 3 + 1) / 3))
    assert loss.pipeline.value + loss.retrieval.value + loss.reading.value == pytest.approx(1)


def test_a_generator_by_hand() -> None:
    def generated(text: str, *passages: str) -> Reading:
        return Reading((Answer(text, 0.5, context=passages),), 0.1, abstained=False)

    card = score(
        made(
            "generator",
            Prediction(asked("cited", marked("the bass is deep")), None, generated("the bass is deep", "Bass: deep!")),
            Prediction(asked("invented", marked("good")), None, generated("red", "it is blue")),
            Prediction(asked("silent", Label("r1")), None, Reading()),
            Prediction(asked("broken", marked("good")), error="no such model"),
        )
    )
    assert card.values["ROUGE-L"].tolist() == [1, 0, 1, 0]
    assert card.values["supported"].tolist()[:2] == [1, 0]
    assert card.measures["supported"].count == 2
    assert list(card.measures)[-2:] == ["ROUGE-L", "supported"]


def test_costs() -> None:
    timed = [
        Prediction(asked(f"q{number}"), None, read("x"), None, {"retrieval": 0.1, "reading": number / 100})
        for number in range(1, 102)
    ]
    failed = Prediction(asked("broken"), timings={"reading": 1000.0}, error="out of memory")
    sessions = (Session(90, 10.0, 100), Session(11, 10.0, 300))
    cost = score(made("reader", *timed, failed, sessions=sessions)).cost
    assert asdict(cost.latency["reading"]) == pytest.approx({"p50": 0.51, "p95": 0.96, "p99": 1.0})
    assert cost.latency["total"].p50 == pytest.approx(0.61)
    assert (cost.questions_per_second, cost.peak_memory) == (pytest.approx(1 / 0.61), 300)
    assert cost.model_bytes == {"reader": 7}
    untimed = score(RETRIEVER).cost
    assert (untimed.latency, untimed.peak_memory) == ({}, 0)
    assert math.isnan(untimed.questions_per_second)


def test_lengths_are_counted_in_bins() -> None:
    questions = [Question("a", "one two three"), Question("b", "one"), Question("c", "one two three", context="a b")]
    curves = score(made("reader", *(Prediction(question, None, read("x")) for question in questions))).curves
    assert curves["question length"].x.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert curves["question length"].weight.tolist() == [1, 0, 2]
    assert curves["review length"].weight.tolist() == [0, 1]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["retriever", "reader", "pipeline", "generator", "consensus"])
def test_a_run_in_which_all_failed_or_nothing_can_be_measured(kind: Kind) -> None:
    broken = [Prediction(asked(name, Label("r1")), error="no such model") for name in "abc"]
    card = score(made(kind, *broken))
    assert card.failed == 3
    assert card.mistakes == {"failed": (0, 1, 2)}
    assert {card.measures[name].value for name in ("EM", "F1") if name in card.measures} <= {0.0}


TEXTS = st.sampled_from(["very good", "good", "bad bass"])
LABELS = st.sampled_from([Label("r1"), marked("very good"), marked("bass", "r2")])
UNIT = st.floats(0, 1)
QUICK = settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Scoring takes tenths of a second, and shrinking scores hundreds of times."""
READINGS = st.builds(
    lambda texts, surest, no_answer: replace(
        read(*texts, no_answer=no_answer),
        answers=tuple(Answer(text, surest / (place + 1), "i", "r1", 0, 3) for place, text in enumerate(texts)),
    ),
    st.lists(TEXTS, min_size=1, max_size=4),
    UNIT,
    UNIT,
)
RANKINGS = st.lists(st.sampled_from(["r1", "r2", "r3"]), unique=True)


@st.composite
def pipelines(draw: st.DrawFn) -> Run:
    predictions = []
    for number in range(draw(st.integers(1, 12))):
        item = f"i{draw(st.integers(0, 3))}"
        question = asked(f"q{number}", *draw(st.lists(LABELS, max_size=3)), item=item)
        whole = Prediction(
            question, ranked(*draw(RANKINGS), item=item), draw(READINGS), draw(READINGS), {"reading": 0.1}
        )
        predictions.append(draw(st.sampled_from([whole, whole, Prediction(question, error="failed")])))
    return made("pipeline", *predictions, corpus=3)


def comparable(estimates: object) -> str:
    return json.dumps(estimates, default=lambda estimate: [round(value, 9) for value in asdict(estimate).values()])


@QUICK
@given(pipelines(), st.randoms(use_true_random=False))
def test_scores_are_shares_that_no_order_changes(run: Run, chance: random.Random) -> None:
    card = score(run)
    shuffled = chance.sample(run.predictions, len(run.predictions))
    again = score(replace(run, predictions=tuple(shuffled)))
    assert comparable(dict(again.measures)) == comparable(dict(card.measures))
    assert comparable(dict(again.baselines)) == comparable(dict(card.baselines))
    assert {name: len(found) for name, found in again.mistakes.items()} == {
        name: len(found) for name, found in card.mistakes.items()
    }
    for name, estimate in card.measures.items():
        assert name == "best threshold" or in_unit(estimate), (name, estimate)
    assert card.measures["EM"].count == card.measures["F1"].count == len(run.predictions)
    assert card.measures["best F1"].value >= card.measures["F1"].value - 1e-9
    assert card.loss is not None
    assert card.loss.pipeline.value + card.loss.retrieval.value + card.loss.reading.value == pytest.approx(1)


def in_unit(estimate: Estimate) -> bool:
    return all(
        math.isnan(value) or -1e-9 <= value <= 1 + 1e-9 for value in (estimate.value, estimate.low, estimate.high)
    )


@QUICK
@given(pipelines())
def test_a_failure_never_helps(run: Run) -> None:
    failed = [replace(run.predictions[0], error="failed"), *run.predictions[1:]]
    before, after = score(run), score(replace(run, predictions=tuple(failed)))
    for name in ("EM", "F1", "best F1", "answered"):
        assert after.measures[name].value <= before.measures[name].value + 1e-9
        assert after.measures[name].count == before.measures[name].count
