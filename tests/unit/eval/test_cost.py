import math

import pytest

from qa_system.eval.cost import cost
from qa_system.eval.predictions import Prediction
from qa_system.eval.runs import Header, Run, Session
from qa_system.records import Question

HEADER = Header("pipeline", "bm25 + reader", "item", {}, 3, {}, {}, {"reader": {"name": "reader", "bytes": 45}})


def run(*predictions: Prediction) -> Run:
    return Run(HEADER, predictions, (Session(2, 100.0, 5), Session(1, 50.0, 7)))


def test_what_no_user_waits_for_does_not_slow_a_system_down() -> None:
    timed = [Prediction(Question("q", "How?"), timings={"retrieval": 0.1, "reading": each}) for each in (0.1, 0.3)]
    found = cost(run(*timed, Prediction(Question("f", "How?"), error="broke", timings={"reading": 9.0})))
    assert found.questions_per_second == pytest.approx(2 / 0.6)
    assert found.latency["reading"].p50 == pytest.approx(0.2)
    assert found.latency["total"].p50 == pytest.approx(0.3)
    assert (found.peak_memory, found.model_bytes) == (7, {"reader": 45})


def test_a_ranking_of_another_system_has_no_times() -> None:
    found = cost(run(Prediction(Question("q", "How?"))))
    assert (found.latency, math.isnan(found.questions_per_second)) == ({}, True)
