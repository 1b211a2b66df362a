"""The record of a training: a row of a CSV file for every few steps and every validation."""

import csv
import os
import time
from dataclasses import astuple, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a training is.

    :param step: Batches learned from.
    :param epoch: Epochs done, with a fraction.
    :param tokens: Tokens learned from, padding left out.
    :param loss: Mean cross-entropy of start and end, in nats, since the row before.
    :param learning_rate: Of the next step.
    :param tokens_per_second: Since the row before, validation left out.
    :param seconds_left: Until the last epoch is done, at the pace since this process started.
    :param exact: Exact match on the validation questions, in [0, 1]; None where the row is no validation.
    :param f1: The same for F1.
    """

    step: int
    epoch: float
    tokens: int
    loss: float
    learning_rate: float
    tokens_per_second: float
    seconds_left: float
    exact: float | None = None
    f1: float | None = None

    def __str__(self) -> str:
        told = (
            f"step {self.step:,}  epoch {self.epoch:.2f}  loss {self.loss:.3f}  "
            f"{self.tokens_per_second:,.0f} tokens/s  {timedelta(seconds=round(self.seconds_left))} left"
        )
        return told if self.f1 is None else f"{told}  validation EM {self.exact:.3f} F1 {self.f1:.3f}"


class TrainingLog:
    """
    Appends rows to a CSV file.

    :param path: The file.
    :param size: Bytes of it that are kept: what a killed process wrote after its last checkpoint is written again.
    :param row: What a row is, a dataclass.
    """

    def __init__(self, path: Path, size: int = 0, *, row: type = Progress) -> None:
        self._path = path
        if size:
            os.truncate(path, size)
        else:
            path.write_text(",".join(column.name for column in fields(row)) + "\n", encoding="utf-8")

    def write(self, progress: Any) -> int:
        """
        Append a row.

        :param progress: The row; what is None stays empty.
        :returns: How many bytes the file has then.
        """
        row = (round(value, 7) if isinstance(value, float) else value for value in astuple(progress))
        with self._path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
            return file.tell()


@dataclass(slots=True)
class Stretch:
    """The steps since the last row of the log."""

    losses: list[float] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0

    def add(self, loss: float, tokens: int, seconds: float) -> None:
        """
        Count a step.

        :param loss: Its loss.
        :param tokens: Its tokens.
        :param seconds: How long it took.
        """
        self.losses.append(loss)
        self.tokens += tokens
        self.seconds += seconds

    @property
    def loss(self) -> float:
        """The mean over the steps."""
        return sum(self.losses) / len(self.losses)

    @property
    def tokens_per_second(self) -> float:
        """How fast the steps were."""
        return self.tokens / self.seconds


class Pace:
    """
    Says how long a training will still take, by how long this process took so far, validation included.

    :param begun_at: Epochs done when the process began.
    :param epochs: Epochs to do.
    """

    def __init__(self, begun_at: float, epochs: float) -> None:
        self._begun_at = begun_at
        self._epochs = epochs
        self._began = time.monotonic()

    def seconds_left(self, done: float) -> float:
        """
        Estimate the rest.

        :param done: Epochs done.
        :returns: Seconds.
        """
        return (time.monotonic() - self._began) / (done - self._begun_at) * (self._epochs - done)
