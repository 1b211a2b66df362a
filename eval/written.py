"""Scores of written answers: a text for each question, whoever wrote it, against what annotators marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.answers import exact_match, f1, normalised, rouge_l, supported
from qa_system.eval.means import means
from qa_system.eval.scorecard import Estimate

MEASURES = ("EM", "F1", "F1 answerable", "ROUGE-L", "no-answer accuracy", "supported")


@dataclass(frozen=True, slots=True)
class Judged:
    """
    What the answer to a question is judged by.

    :param gold: What annotators marked; empty, or of empty texts, where they found no answer.
    :param passages: The passages that it was written from.
    :param item_id: The item asked about; None where the question stands alone.
    """

    gold: Sequence[str]
    passages: Sequence[str]
    item_id: str | None = None

    @property
    def is_answerable(self) -> bool:
        """Whether an annotator found an answer."""
        return any(map(normalised, self.gold))


def written_per_question(texts: Sequence[str], judged: Sequence[Judged]) -> dict[str, NDArray[np.float64]]:
    """
    Measure the answer to each question.

    :param texts: What was written, without marks such as `[1]`; empty for an abstention.
    :param judged: What each is judged by, in the same order.
    :returns: Each of `MEASURES`, shape `[questions]`, NaN where it does not apply: `F1 answerable` to a question
        without an answer, `no-answer accuracy` to one with an answer, `supported` to an abstention.
    """
    rows = [_measured(*pair) for pair in zip(texts, judged, strict=True)]
    return dict(zip(MEASURES, np.array(rows, dtype=np.float64).reshape(-1, len(MEASURES)).T, strict=True))


def written_scores(texts: Sequence[str], judged: Sequence[Judged]) -> dict[str, Estimate]:
    """
    Score answers.

    :param texts: As of `written_per_question`.
    :param judged: As of `written_per_question`.
    :returns: Each of `MEASURES` as a mean over the questions that it applies to, with its interval by item.
    """
    return means(written_per_question(texts, judged), [one.item_id for one in judged])


def _measured(text: str, judged: Judged) -> tuple[float, ...]:
    overlap, is_answerable = f1(text, judged.gold), judged.is_answerable
    return (
        exact_match(text, judged.gold),
        overlap,
        overlap if is_answerable else np.nan,
        rouge_l(text, judged.gold),
        np.nan if is_answerable else float(not normalised(text)),
        float(supported(text, judged.passages)) if text else np.nan,
    )
