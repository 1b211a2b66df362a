"""Names of measures, and the main ones."""

import pytest

from qa_system.eval.headline import MAIN, cutoff, family, main_measures


@pytest.mark.parametrize(
    ("name", "parts"), [("R@5", ("R@k", 5)), ("nDCG@10", ("nDCG@k", 10)), ("top-3 F1", ("top-3 F1", 0))]
)
def test_a_name_has_parts(name: str, parts: tuple[str, int]) -> None:
    assert (family(name), cutoff(name)) == parts


def test_main_measures_are_few_and_in_order() -> None:
    assert main_measures({"R@5": 1, "RR@10": 1, "R@1": 1, "EM": 1, "answered": 1, "F1": 1}) == MAIN[:4]
    assert main_measures({"reviewers F1": 1, "count error": 1, "dissent F1": 1, "leading right": 1}) == MAIN[4:]
    assert main_measures(["EM answerable", "answered", "Judged@5"]) == ()
    assert main_measures([]) == ()


def test_the_nearest_cutoff_stands_in_and_only_once() -> None:
    assert main_measures(["R@1", "R@4", "R@20", "RR@3"]) == ("RR@3", "R@4")
