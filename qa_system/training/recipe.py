"""What decides how a reader is trained, apart from its data and its base."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_system.errors import SettingsError

_LEAST = {"epochs": 1, "batch_tokens": 1, "max_seq_length": 32, "stride": 0, "validations_per_epoch": 1, "patience": 1}
_SHARES = ("warm_up", "negative_share", "dropout", "ema_decay")


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """
    How a reader is trained. On a CPU the same recipe with the same data, base and threads gives the same weights.

    :param epochs: How often the questions are gone through.
    :param learning_rate: The highest; it rises from 0 and falls to 0, each linearly.
    :param warm_up: The share of the training in which it rises.
    :param weight_decay: Of matrices; biases and norms do not decay.
    :param clip: The largest norm of a gradient.
    :param batch_tokens: Tokens in a batch, padding included.
    :param max_seq_length: Tokens that the model reads at once, question and special tokens included.
    :param stride: Tokens of a long review that two neighbouring windows share; at most half of `max_seq_length`.
    :param negative_share: How many samples to add, per question, that ask it of a review without the answer.
    :param dropout: The probability of dropping an activation; random numbers cost a CPU two fifths of its speed.
    :param ema_decay: What is kept is the exponential moving average of the weights; this is how much of it survives a
        step. 0 keeps the weights themselves.
    :param seed: Decides everything that is left to chance.
    :param validations_per_epoch: How often the model is validated.
    :param patience: Training stops after so many validations without a better F1.
    :param validation_questions: How many questions to validate with at most, chosen at random once.
    :param styles: The words put in front of a question, by the style of answer it wants.
    :raises SettingsError: A value is out of bounds.
    """

    epochs: int = 3
    learning_rate: float = 1.5e-4
    warm_up: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    batch_tokens: int = 4096
    max_seq_length: int = 384
    stride: int = 128
    negative_share: float = 0.1
    dropout: float = 0.0
    ema_decay: float = 0.99
    seed: int = 0
    validations_per_epoch: int = 4
    patience: int = 6
    validation_questions: int = 1000
    styles: Mapping[str, str] = field(default_factory=lambda: {"opinion": "opinion: "})

    def __post_init__(self) -> None:
        """Report every value that is out of bounds at once."""
        wrong = [
            f"{name} is {getattr(self, name)}, it has to be at least {least}"
            for name, least in _LEAST.items()
            if getattr(self, name) < least
        ]
        wrong += [
            f"{name} is {getattr(self, name)}, it has to be at least 0 and less than 1"
            for name in _SHARES
            if not 0 <= getattr(self, name) < 1
        ]
        if self.learning_rate <= 0:
            wrong.append(f"learning_rate is {self.learning_rate}, it has to be above 0")
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
