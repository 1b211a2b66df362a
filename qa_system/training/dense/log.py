"""A row of the log of an encoder's training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DenseProgress:
    """
    How far a training is.

    :param step: Batches learned from.
    :param epoch: Epochs done, with a fraction.
    :param pairs: Pairs learned from.
    :param loss: Mean cross-entropy of the right passage among those of the batch, in nats, since the row before.
    :param learning_rate: Of this step.
    :param pairs_per_second: Since the row before, validation left out.
    :param seconds_left: Until the last epoch is done, at the pace since this process started.
    :param mrr: MRR@10 on the validation questions, in [0, 1]; None where the row is no validation.
    :param recall_1: The same for recall@1.
    :param recall_5: The same for recall@5.
    :param recall_20: The same for recall@20.
    """

    step: int
    epoch: float
    pairs: int
    loss: float
    learning_rate: float
    pairs_per_second: float
    seconds_left: float
    mrr: float | None = None
    recall_1: float | None = None
    recall_5: float | None = None
    recall_20: float | None = None

    def __str__(self) -> str:
        told = (
            f"step {self.step:,}  epoch {self.epoch:.2f}  loss {self.loss:.3f}  "
            f"{self.pairs_per_second:,.1f} pairs/s  {timedelta(seconds=round(self.seconds_left))} left"
        )
        return told if self.mrr is None else f"{told}  validation MRR@10 {self.mrr:.3f} recall@5 {self.recall_5:.3f}"


def validations(rows: Sequence[DenseProgress]) -> list[DenseProgress]:
    """
    Leave out the rows that are no validation.

    :param rows: The log.
    :returns: The rows that are, in order.
    """
    return [row for row in rows if row.mrr is not None]


def best_of(rows: Sequence[DenseProgress]) -> DenseProgress:
    """
    Find the validation whose model was kept.

    :param rows: A log with a validation.
    :returns: The first of the highest MRR@10.
    """
    return max(validations(rows), key=lambda row: row.mrr or 0.0)
