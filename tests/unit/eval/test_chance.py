"""What chance is expected to find against the mean over all orders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.eval.chance import expected
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.eval.retrieval import per_question
from qa_system.records import Label, Question

KS = (1, 2, 4, 7)


def graded(grades: list[int]) -> Question:
    return Question("q", "?", "i", tuple(Label(str(number), relevance=grade) for number, grade in enumerate(grades)))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), max_size=4), st.integers(0, 2))
def test_it_is_the_mean_over_all_orders(grades: list[int], unjudged: int) -> None:
    question, size = graded(grades), len(grades) + unjudged
    orders = permutations([Ranked("i", str(number), 0.0) for number in range(size)])
    every = per_question([Prediction(question, ranking=tuple(order)) for order in orders], KS)
    found = expected([question], [size], KS)
    assert found.keys() == every.keys()
    for name, (value,) in found.items():
        assert value == pytest.approx(every[name].mean(), nan_ok=True), name


@pytest.mark.filterwarnings("error")
def test_each_question_has_its_own_odds() -> None:
    found = expected([graded([1]), graded([0]), graded([1, 1])], [4, 3, 20_000], [1, 3])
    np.testing.assert_allclose(found["R@3"], [3 / 4, np.nan, 3 / 20_000])
    np.testing.assert_allclose(found["Success@1"], [1 / 4, np.nan, 2 / 20_000])
    np.testing.assert_allclose(found["Judged@3"], [1 / 4, 1 / 3, 2 / 20_000])
    assert expected([], [], [1])["R@1"].shape == (0,)
