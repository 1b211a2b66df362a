"""From a run of `qa eval` to the calibration by which a reader is as sure of an answer as it is right there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_system.errors import SettingsError
from qa_system.eval.answering import marks
from qa_system.eval.predictions import Answer, Prediction, Reading
from qa_system.eval.runs import Run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard
from qa_system.reading.traits import Calibration, ModelTraits
from qa_system.training.calibration import Judged, calibrated

RIGHT = 0.5
"""F1 with an annotator's words from which an answer counts as right."""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """
    What a run taught about a reader's confidence.

    :param style: The style that its questions were asked in.
    :param calibration: The one that fits its answers.
    :param cards: The run's scores as it was asked and by that calibration, `before` and `after`.
    """

    style: str
    calibration: Calibration
    cards: dict[str, Scorecard]

    def applied(self, traits: ModelTraits) -> ModelTraits:
        """
        Put it into a model's traits.

        :param traits: The traits.
        :returns: Those with the new calibration of the style.
        """
        return replace(traits, by_style={**traits.by_style, self.style: self.calibration})


def recalibrated(run: Run) -> Recalibration:
    """
    Fit the calibration of a reader to what came of it, as `training.calibration` does.

    A training fits the probability that a review answers, review by review. Somebody who asks gets the best of many
    spans of many reviews, which is surer than it should be; what counts is whether that one is right.

    :param run: Of the reader, questions asked as they will be: of `qa eval pipeline`.
    :returns: The calibration of the style that the questions were asked in.
    :raises SettingsError: The run is none of a reader, its questions were asked in styles of their own, or it is of a
        version that did not keep logits.
    """
    style = str(run.header.settings.get("reader", {}).get("question_style"))
    if style not in ("opinion", "plain"):
        raise SettingsError(
            f"The questions of this run were asked in the style {style!r}; confidence is fitted for `opinion` or "
            "`plain` alone. Ask them again, by `qa eval pipeline`, with QA_READER__QUESTION_STYLE=opinion."
        )
    calibration = calibrated(_judged(run.predictions, style))
    changed = tuple(_changed(one, calibration) for one in run.predictions)
    return Recalibration(style, calibration, {"before": score(run), "after": score(replace(run, predictions=changed))})


def _judged(predictions: Sequence[Prediction], style: str) -> list[Judged]:
    """Judge the best span of each question, whether it was given or withheld."""
    found = [one for one in predictions if one.reading and one.reading.answers]
    told = [replace(one.reading, abstained=False) for one in found if one.reading]
    marked = marks([one.question for one in found], told)
    return [
        Judged(style, _logit(reading.answers[0]), bool(mark["answerable"] and mark["f1"] >= RIGHT))
        for reading, mark in zip(told, marked, strict=True)
    ]


def _logit(answer: Answer) -> float:
    if answer.logit is None:
        raise SettingsError(
            "The run holds no logits: an earlier version made it, or another system. Ask its questions again with "
            "`qa eval pipeline`."
        )
    return answer.logit


def _changed(prediction: Prediction, calibration: Calibration) -> Prediction:
    """Tell a prediction as the reader would have, had it been calibrated otherwise; the order of spans stays."""
    if prediction.reading is None:
        return prediction
    answers = tuple(
        replace(answer, score=calibration.probability(_logit(answer))) for answer in prediction.reading.answers
    )
    best = answers[0].score if answers else 0.0
    return replace(prediction, reading=Reading(answers, 1.0 - best, abstained=best < 1.0 - best))
