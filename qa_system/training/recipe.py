"""What decides how a reader is trained, apart from its data and its base."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from qa_system.errors import SettingsError
from qa_system.training.bounds import COUNT, NOT_NEGATIVE, POSITIVE, SHARE, Bound, out_of_bounds

NegativeSource = Literal["item", "bm25"]

_BOUNDS: dict[str, Bound] = {
    "epochs": COUNT,
    "learning_rate": POSITIVE,
    "layer_decay": ("above 0 and at most 1", lambda value: 0 < value <= 1),
    "warm_up": SHARE,
    "weight_decay": NOT_NEGATIVE,
    "clip": POSITIVE,
    "batch_tokens": COUNT,
    "max_seq_length": ("at least 32", lambda value: value >= 32),
    "stride": NOT_NEGATIVE,
    "negative_share": SHARE,
    "dropout": SHARE,
    "ema_decay": SHARE,
    "teacher_weight": ("at least 0 and at most 1", lambda value: 0 <= value <= 1),
    "teacher_temperature": POSITIVE,
    "validations_per_epoch": COUNT,
    "patience": COUNT,
    "validation_questions": COUNT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """
    How a reader is trained. On a CPU the same recipe with the same data, base and threads gives the same weights.

    :param epochs: How often the questions are gone through.
    :param learning_rate: The highest; it rises from 0 and falls to 0, each linearly.
    :param layer_decay: Each layer of the encoder learns at so many times the rate of the one above it (Sun et al.,
        2019, section 5.3.4); 1 for all at the same.
    :param warm_up: The share of the training in which the rate rises.
    :param weight_decay: Of matrices; biases and norms do not decay.
    :param clip: The largest norm of a gradient.
    :param batch_tokens: Tokens in a batch, padding included.
    :param max_seq_length: Tokens that the model reads at once, question and special tokens included.
    :param stride: Tokens of a long review that two neighbouring windows share; at most half of `max_seq_length`.
    :param negative_share: How many samples to add, per question, that ask it of a review without the answer.
    :param negatives: Where such a review is looked for first: among all of the same `item`, or among those of them that
        share most words with the question, by `bm25`.
    :param dropout: The probability of dropping an activation; random numbers cost a CPU two fifths of its speed.
    :param ema_decay: What is kept is the exponential moving average of the weights; this is how much of it survives a
        step. 0 keeps the weights themselves.
    :param teacher_weight: Where there are teachers, the share of the loss that is about agreeing with them; the rest is
        about the labels.
    :param teacher_temperature: Divides the logits of both before they are compared: the higher, the more the unlikely
        tokens count (Hinton et al., 2015).
    :param seed: Decides everything that is left to chance.
    :param validations_per_epoch: How often the model is validated.
    :param patience: Training stops after so many validations without a better F1.
    :param validation_questions: How many questions of each style to validate with at most, chosen at random once.
    :param styles: The words put in front of a question, by the style of answer it wants.
    :raises SettingsError: A value is out of bounds.
    """

    epochs: int = 3
    learning_rate: float = 1.5e-4
    layer_decay: float = 1.0
    warm_up: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    batch_tokens: int = 4096
    max_seq_length: int = 384
    stride: int = 128
    negative_share: float = 0.1
    negatives: NegativeSource = "item"
    dropout: float = 0.0
    ema_decay: float = 0.99
    teacher_weight: float = 0.5
    teacher_temperature: float = 2.0
    seed: int = 0
    validations_per_epoch: int = 4
    patience: int = 6
    validation_questions: int = 1000
    styles: Mapping[str, str] = field(default_factory=lambda: {"opinion": "opinion: "})

    def __post_init__(self) -> None:
        """Report every value that is out of bounds at once."""
        wrong = out_of_bounds(self, _BOUNDS)
        if self.negatives not in get_args(NegativeSource):
            wrong.append(f"negatives is {self.negatives!r}, it has to be one of {', '.join(get_args(NegativeSource))}")
        if self.stride > self.max_seq_length // 2:
            wrong.append(f"stride is {self.stride}, it has to be at most half of max_seq_length")
        if wrong:
            raise SettingsError(f"a reader cannot be trained like this: {'; '.join(wrong)}.")

    def learning_rate_at(self, progress: float) -> float:
        """
        Tell the learning rate of a moment.

        :param progress: The share of the training that is done, in [0, 1].
        :returns: The learning rate.
        """
        rising = progress / self.warm_up if self.warm_up else 1.0
        return self.learning_rate * min(rising, (1.0 - progress) / (1.0 - self.warm_up))
