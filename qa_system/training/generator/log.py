"""A row of the log of a generator's training, and what it is chosen by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from qa_system.training.log import Progress


@dataclass(frozen=True, slots=True)
class GeneratorProgress(Progress):
    """
    How far a training is. While a generator learns to write, a validation has no `exact` and no `f1`.

    :param validation_loss: Mean cross-entropy of a token of what should be written, in nats; None where the row is no
        validation.
    """

    validation_loss: float | None = None

    def __str__(self) -> str:
        told = (
            f"step {self.step:,}  epoch {self.epoch:.2f}  loss {self.loss:.3f}  "
            f"{self.tokens_per_second:,.0f} tokens/s  {timedelta(seconds=round(self.seconds_left))} left"
        )
        if self.validation_loss is None:
            return told
        answered = "" if self.f1 is None else f" EM {self.exact:.3f} F1 {self.f1:.3f}"
        return f"{told}  validation loss {self.validation_loss:.3f}{answered}"


@dataclass(frozen=True, slots=True)
class Restored:
    """
    How well a model restores reviews.

    :param loss: As `GeneratorProgress.validation_loss`.
    """

    loss: float

    @property
    def quality(self) -> float:
        """The probability of a token: the geometric mean."""
        return math.exp(-self.loss)

    @property
    def measures(self) -> dict[str, float]:
        """What the log says of it."""
        return {"validation_loss": self.loss}


@dataclass(frozen=True, slots=True)
class Answered:
    """
    How well a model answers, by SQuAD 2's measures (Rajpurkar et al., 2018).

    :param exact: Share of questions answered in the words of an annotator, or rightly not answered.
    :param f1: Mean overlap of words with the annotator that it fits best.
    :param loss: As `GeneratorProgress.validation_loss`.
    """

    exact: float
    f1: float
    loss: float

    @property
    def quality(self) -> float:
        """What the best model is chosen by."""
        return self.f1

    @property
    def measures(self) -> dict[str, float]:
        """What the log says of it."""
        return {"exact": self.exact, "f1": self.f1, "validation_loss": self.loss}


def validations(rows: Sequence[GeneratorProgress]) -> list[GeneratorProgress]:
    """
    Leave out the rows that are no validation.

    :param rows: The log.
    :returns: The rows that are, in order.
    """
    return [row for row in rows if row.validation_loss is not None]


def best_of(rows: Sequence[GeneratorProgress]) -> GeneratorProgress:
    """
    Find the validation whose model was kept.

    :param rows: A log with a validation.
    :returns: The first of the highest F1; of a stage without any, of the lowest loss.
    """
    return max(validations(rows), key=lambda row: -(row.validation_loss or 0.0) if row.f1 is None else row.f1)
