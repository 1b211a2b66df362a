"""Measures of a whole run."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.eval.answering import MARK, Marks
from qa_system.eval.confidence import confidence_measures

UNIT = st.sampled_from([0.0, 0.3, 0.3, 0.9, 1.0]) | st.floats(0, 1)


@st.composite
def read(draw: st.DrawFn) -> tuple[Marks, list[str | None]]:
    size = draw(st.integers(1, 25))
    marks = np.zeros(size, dtype=MARK)
    for mark in marks:
        mark["failed"], mark["answerable"] = draw(st.sampled_from([False, False, True])), draw(st.booleans())
        if not mark["failed"]:
            mark["spoken"], mark["confidence"], mark["no_answer"] = True, draw(UNIT), draw(UNIT)
            mark["forced_exact"] = float(mark["answerable"] and draw(st.booleans()))
            mark["forced_f1"] = max(mark["forced_exact"], draw(UNIT) * mark["answerable"])
    return marks, draw(st.lists(st.sampled_from("abcd") | st.none(), min_size=size, max_size=size))


@settings(max_examples=40)
@given(read())
def test_an_interval_holds_its_value(made: tuple[Marks, list[str | None]]) -> None:
    for name, found in confidence_measures(*made).items():
        if not np.isnan(found.low):
            assert 0 <= found.low <= found.value <= found.high <= 1 + 1e-9, name


def test_systems_that_promise_nothing_but_the_truth_leave_little_doubt() -> None:
    chance = random.Random(0)
    marks = np.zeros(400, dtype=MARK)
    for mark in marks:
        mark["answerable"] = mark["spoken"] = True
        mark["confidence"] = mark["forced_f1"] = mark["forced_exact"] = float(chance.random() < 0.7)
    found = confidence_measures(marks, [None] * 400)
    assert (found["ECE answer"].low, found["ECE answer"].high) == (0, 0)
    best = found["best F1"]
    assert best.value == pytest.approx(marks["forced_f1"].mean())
    assert 0.03 < best.high - best.value < 0.06  # 1.96 standard errors are 0.045
