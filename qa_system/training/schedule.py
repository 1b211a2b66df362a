"""How long any of our own trainings goes on, and how fast its model learns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from qa_system.training.bounds import COUNT, NOT_NEGATIVE, POSITIVE, SHARE, Bound

# Samples that are sorted by length and shuffled together: enough for batches with little padding, few enough that an
# epoch of any size takes little memory.
_POOL = 1024

Sample = TypeVar("Sample")
Batch = TypeVar("Batch")

SCHEDULE_BOUNDS: dict[str, Bound] = {
    "epochs": COUNT,
    "learning_rate": POSITIVE,
    "warm_up": SHARE,
    "weight_decay": NOT_NEGATIVE,
    "clip": POSITIVE,
    "batch_tokens": COUNT,
    "dropout": SHARE,
    "ema_decay": SHARE,
    "validations_per_epoch": COUNT,
    "patience": COUNT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """
    What the recipes of readers and generators have in common.

    :param epochs: How often the data are gone through.
    :param learning_rate: The highest; it rises from 0 and falls to 0, each linearly.
    :param warm_up: The share of the training in which the rate rises.
    :param weight_decay: Of matrices; biases and norms do not decay.
    :param clip: The largest norm of a gradient.
    :param batch_tokens: Tokens in a batch, padding included.
    :param dropout: The probability of dropping an activation; random numbers cost a CPU two fifths of its speed.
    :param ema_decay: What is kept is the exponential moving average of the weights; this is how much of it survives a
        step. 0 keeps the weights themselves.
    :param seed: Decides everything that is left to chance.
    :param validations_per_epoch: How often the model is validated.
    :param patience: Training stops after so many validations without a better one.
    """

    epochs: int = 3
    learning_rate: float = 1.5e-4
    warm_up: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    batch_tokens: int = 4096
    dropout: float = 0.0
    ema_decay: float = 0.99
    seed: int = 0
    validations_per_epoch: int = 4
    patience: int = 6

    def learning_rate_at(self, progress: float) -> float:
        """
        Tell the learning rate of a moment.

        :param progress: The share of the training that is done, in [0, 1].
        :returns: The learning rate.
        """
        rising = progress / self.warm_up if self.warm_up else 1.0
        return self.learning_rate * min(rising, (1.0 - progress) / (1.0 - self.warm_up))


def scheduled(
    schedule: Schedule,
    draw: Callable[[Random], list[Sample]],
    batches: Callable[[Sequence[Sample], Random], Iterator[Batch]],
) -> Iterator[tuple[float, Batch]]:
    """
    Make all batches of a training, the same ones each time. Whoever goes on with it leaves out as many as were done.

    :param schedule: How many epochs there are, from which seed.
    :param draw: Draws the samples of an epoch, in random order.
    :param batches: Batches samples of similar length, in random order.
    :returns: Each batch with the number of epochs that are done after it.
    """
    for epoch in range(schedule.epochs):
        random = Random(f"{schedule.seed}/{epoch}")
        pools = _pools(draw(random))
        for number, pool in enumerate(pools):
            made = list(batches(pool, random))
            for index, batch in enumerate(made, 1):
                yield epoch + (number + index / len(made)) / len(pools), batch


def _pools(samples: list[Sample]) -> list[list[Sample]]:
    """Divide evenly: a small rest could be left without a single sample that can be learned from."""
    count = -(-len(samples) // _POOL)
    return [samples[number::count] for number in range(count)]
