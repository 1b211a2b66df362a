"""A row of the log of an opinions model's training, and what it is chosen by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from qa_system.training.log import Progress


@dataclass(frozen=True, slots=True)
class OpinionProgress(Progress):
    """
    How far a training is; a validation has no `exact` and no `f1`.

    :param polarity: Macro-F1 of the polarities of validation samples, in [0, 1]; None where the row is no validation.
    :param aspects: The same for the F1 of aspects.
    """

    polarity: float | None = None
    aspects: float | None = None

    def __str__(self) -> str:
        told = (
            f"step {self.step:,}  epoch {self.epoch:.2f}  loss {self.loss:.3f}  "
            f"{self.tokens_per_second:,.0f} tokens/s  {timedelta(seconds=round(self.seconds_left))} left"
        )
        if self.polarity is None:
            return told
        return f"{told}  validation polarity {self.polarity:.3f} aspects {self.aspects:.3f}"

    @property
    def quality(self) -> float:
        """What the best model is chosen by; -1 where the row is no validation."""
        return -1.0 if self.polarity is None else (self.polarity + (self.aspects or 0.0)) / 2


@dataclass(frozen=True, slots=True)
class Measured:
    """
    How good a model is.

    :param polarity: As of `OpinionProgress`.
    :param aspects: As of `OpinionProgress`.
    """

    polarity: float
    aspects: float

    @property
    def quality(self) -> float:
        """What the best model is chosen by."""
        return (self.polarity + self.aspects) / 2

    @property
    def measures(self) -> dict[str, float]:
        """What the log says of it."""
        return {"polarity": self.polarity, "aspects": self.aspects}


def validations(rows: Sequence[OpinionProgress]) -> list[OpinionProgress]:
    """
    Leave out the rows that are no validation.

    :param rows: The log.
    :returns: The rows that are, in order.
    """
    return [row for row in rows if row.polarity is not None]


def best_of(rows: Sequence[OpinionProgress]) -> OpinionProgress:
    """
    Find the validation whose model was kept.

    :param rows: A log with a validation.
    :returns: The first of the highest quality.
    """
    return max(validations(rows), key=lambda row: row.quality)
