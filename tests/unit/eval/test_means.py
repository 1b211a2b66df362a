"""Means over questions, clustered by item."""

import math

import numpy as np
import pytest

from qa_system.eval.means import RESAMPLES, clusters_of, means
from qa_system.eval.uncertainty import interval
from qa_system.records import Question


def test_questions_about_one_item_are_a_cluster_unless_it_is_the_only_one() -> None:
    items = ["a", "b", "a", None]
    assert clusters_of([Question(str(number), "?", item) for number, item in enumerate(items)]) == items
    assert clusters_of([Question(name, "?", "a") for name in "xyz"]) == [None] * 3
    assert clusters_of([]) == []


def test_each_measure_is_averaged_over_what_it_applies_to() -> None:
    values = {
        "late": np.array([0.0, 1.0, 1.0, math.nan]),
        "all": np.array([1.0, 0.0, 1.0, 0.5]),
        "too": np.array([0.0, 0.5, 0.5, math.nan]),
        "none": np.full(4, math.nan),
    }
    found = means(values, ["a", "a", "b", "c"])
    assert list(found) == list(values)
    assert {name: one.count for name, one in found.items()} == {"late": 3, "all": 4, "too": 3, "none": 0}
    assert [found[name].value for name in ("late", "all", "too")] == pytest.approx([2 / 3, 0.625, 1 / 3])
    assert math.isnan(found["none"].value)
    assert found["all"] == interval(values["all"], ["a", "a", "b", "c"], resamples=RESAMPLES)
    assert means({}, []) == {}
