from dataclasses import replace

import numpy as np
import pytest

from qa_system.errors import SettingsError
from qa_system.eval.predictions import Answer, Prediction, Reading
from qa_system.eval.runs import Header, Run
from qa_system.reading.traits import Calibration, ModelTraits
from qa_system.records import Label, Question
from qa_system.training.confidence import recalibrated

BELIEVED, TRUE = Calibration(-3.0, 3.0), Calibration(2.0, 1.5)


def prediction(number: int, logit: float, *, right: bool) -> Prediction:
    question = Question(f"q{number}", "How is it?", "item", (Label("r", "deep", 4, 8),), "It's deep")
    sure = BELIEVED.probability(logit)
    reading = Reading((Answer("deep" if right else "red", sure, logit=logit),), 1 - sure, abstained=sure < 0.5)
    return Prediction(question, reading=reading)


@pytest.fixture(scope="module")
def run() -> Run:
    """Answers that are right as often as TRUE says, given by BELIEVED."""
    random = np.random.default_rng(0)
    logits = random.normal(2.0, 6.0, 4000)
    right = random.random(4000) < [TRUE.probability(logit) for logit in logits]
    asked = tuple(
        prediction(number, logit, right=bool(is_right))
        for number, (logit, is_right) in enumerate(zip(logits.tolist(), right, strict=True))
    )
    return Run(Header("reader", "toy", None, {}, 4000, {"reader": {"question_style": "opinion"}}, {}), asked)


def test_finds_how_often_answers_are_right(run: Run) -> None:
    found = recalibrated(run)
    assert (found.calibration.threshold, found.calibration.temperature) == pytest.approx((2.0, 1.5), abs=0.3)


def test_shows_what_comes_of_it(run: Run) -> None:
    cards = recalibrated(run).cards
    before, after = (cards[when].measures["ECE answer"].value for when in ("before", "after"))
    assert before > 0.1
    assert after < 0.05
    forced = [card.measures["forced F1"].value for card in cards.values()]
    assert forced[0] == pytest.approx(forced[1])


def test_doing_it_again_changes_nothing(run: Run) -> None:
    """What is fitted does not depend on the calibration that the answers were given by."""
    given = tuple(
        replace(one, reading=replace(one.reading, answers=(replace(one.reading.answers[0], score=0.5),)))
        for one in run.predictions
    )
    assert recalibrated(replace(run, predictions=given)).calibration == recalibrated(run).calibration


def test_only_the_style_that_was_asked_is_changed(run: Run) -> None:
    found = recalibrated(run)
    traits = found.applied(ModelTraits({}, 1.0, 2.0, {"plain": BELIEVED}))
    assert traits == ModelTraits({}, 1.0, 2.0, {"plain": BELIEVED, "opinion": found.calibration})


@pytest.mark.parametrize("settings", [{}, {"reader": {"question_style": "auto"}}])
def test_questions_in_styles_of_their_own_are_refused(run: Run, settings: dict) -> None:
    with pytest.raises(SettingsError, match="QA_READER__QUESTION_STYLE=opinion"):
        recalibrated(replace(run, header=replace(run.header, settings=settings)))


def test_a_run_without_logits_is_refused(run: Run) -> None:
    bare = replace(run.predictions[0], reading=replace(run.predictions[0].reading, answers=(Answer("deep", 0.9),)))
    with pytest.raises(SettingsError, match="no logits"):
        recalibrated(replace(run, predictions=(bare,)))
