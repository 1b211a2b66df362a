from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import stdev

import pytest

from qa_system.eval.scorecard import Estimate, Scorecard
from qa_system.training.account import Account
from qa_system.training.mixture import TrainingSource
from qa_system.training.report import folds_report, report

SOURCES = TrainingSource(Path("data/qa/a.jsonl"), weight=2), TrainingSource(Path("data/subjqa/grocery"))


def cells(text: str, start: str) -> list[str]:
    """The cells of the first row of a table that begins so."""
    row = next(line for line in text.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in row.split("|")[1:-1]]


@pytest.fixture
def text(make_account: Callable[..., Account]) -> str:
    return report(make_account(*SOURCES, skipped={"a.jsonl: the answer reads …": 1234}))


def test_says_how_good_the_model_is_and_how_sure_that_is(text: str) -> None:
    assert text.startswith("# How toy was trained\n\nF1 0.500 [0.000, 1.000] and exact match")
    assert cells(text, "F1 answerable")[1] == "0.500 [0.000, 1.000]"
    assert "always abstaining" in text
    assert "](curves.svg)" in text


def test_tells_what_was_learned_from_and_what_was_not(text: str) -> None:
    assert cells(text, "qa/a.jsonl") == ["qa/a.jsonl", "plain", "2", "1,700", "80", "190"]
    assert cells(text, "all ")[3:] == ["3,400", "160", "380"]
    assert cells(text, "a.jsonl: the answer") == ["a.jsonl: the answer reads …", "1,234"]


def test_where_nothing_was_skipped_it_says_nothing_of_it(make_account: Callable[..., Account]) -> None:
    assert "skipped" not in report(make_account(*SOURCES)).casefold()


def test_shows_each_validation_and_which_model_was_kept(text: str) -> None:
    assert cells(text, "   6 ") == ["6", "2.00", "0.667", "0.600", "0.600", "kept"]
    assert text.count("kept") == 2
    assert "The model of step 6 was kept." in text


def test_tells_the_calibration_and_what_comes_of_it(text: str) -> None:
    assert "threshold -1.250 and temperature 2.500" in " ".join(text.split())
    assert cells(text, "            90%") == ["90%", "100%", "2"]


def test_tells_what_the_training_took(text: str) -> None:
    assert cells(text, "tokens learned from")[1] == "5,400"
    assert cells(text, "time, validation left out")[1] == "0:00:54"
    assert cells(text, "tokens/s")[1] == "100"
    assert cells(text, "learning_rate")[1] == "0.00015"


def test_a_training_that_kept_nothing_it_was_sure_of_is_told_too(make_account: Callable[..., Account]) -> None:
    account = make_account(*SOURCES)
    silent = account.scorecard.curves["reliability"]
    empty = replace(silent, x=silent.x[:0], y=silent.y[:0], weight=silent.weight[:0])
    card = replace(account.scorecard, curves={**account.scorecard.curves, "reliability": empty})
    assert "How sure it was" not in report(replace(account, scorecard=card))


def test_folds_are_shown_beside_the_whole_with_their_spread(make_account: Callable[..., Account]) -> None:
    card = make_account(*SOURCES).scorecard

    def scored(f1: float) -> Scorecard:
        return replace(card, measures={**card.measures, "F1": Estimate(f1, f1 - 0.1, f1 + 0.1, 4)})

    text = folds_report(scored(0.5), [scored(0.4), scored(0.5), scored(0.7)])
    spread = stdev([0.4, 0.5, 0.7])
    assert cells(text, "F1  ") == ["F1", "0.500 [0.400, 0.600]", f"{spread:.3f}", "0.400", "0.500", "0.700"]
    assert "Folds have 4, 4, 4 questions." in " ".join(text.split())
