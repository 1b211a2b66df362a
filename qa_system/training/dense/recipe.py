"""What decides how an encoder is trained, apart from its data and its base."""

from dataclasses import dataclass
from typing import Literal, get_args

from qa_system.errors import SettingsError
from qa_system.training.bounds import COUNT, NOT_NEGATIVE, POSITIVE, SHARE, Bound, out_of_bounds

PoolingName = Literal["mean", "cls"]

_BOUNDS: dict[str, Bound] = {
    "epochs": COUNT,
    "learning_rate": POSITIVE,
    "warm_up": SHARE,
    "weight_decay": NOT_NEGATIVE,
    "clip": POSITIVE,
    "batch_size": ("at least 2", lambda value: value >= 2),
    "chunk_size": NOT_NEGATIVE,
    "max_seq_length": ("at least 16", lambda value: value >= 16),
    "passage_chars": ("at least 100", lambda value: value >= 100),
    "passage_overlap": NOT_NEGATIVE,
    "negatives": NOT_NEGATIVE,
    "mining_depth": COUNT,
    "reader_threshold": ("above 0 and at most 1", lambda value: 0 < value <= 1),
    "scale": POSITIVE,
    "dropout": SHARE,
    "validations_per_epoch": COUNT,
    "patience": COUNT,
    "validation_questions": COUNT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseRecipe:
    """
    How an encoder is trained. On a CPU the same recipe with the same data, base and threads gives the same weights.

    :param epochs: How often the pairs of question and passage are gone through.
    :param learning_rate: The highest; it rises from 0 and falls to 0, each linearly.
    :param warm_up: The share of the training in which the rate rises.
    :param weight_decay: Of matrices; biases and norms do not decay.
    :param clip: The largest norm of a gradient.
    :param batch_size: Questions in a batch: the passages of the others are negatives of each.
    :param chunk_size: How many texts go through the model at once, where a whole batch does not fit into memory (Gao et
        al., 2021, "Scaling deep contrastive learning batch size under memory limited setup"); 0 for the whole batch.
    :param max_seq_length: Tokens of a text that are read while training; the model that is saved reads as many as its
        base.
    :param passage_chars: Longest passage, in characters, as of `qa index`.
    :param passage_overlap: Characters that neighbouring passages share, at most half of `passage_chars`.
    :param negatives: Hard negatives of each question.
    :param mining_depth: How many passages each search looks at for them.
    :param reader_threshold: How sure of an answer the reader has to be to make a passage of the same item no negative.
    :param scale: Cosines are multiplied by this before the softmax: the inverse of a temperature.
    :param symmetric: Whether a passage has to find its question too.
    :param pair: Whether questions and passages get an encoder each (Karpukhin et al., 2020), which begin alike.
    :param pooling: How the vectors of tokens become one, where the base does not say: their `mean`, or that of `cls`.
    :param dropout: The probability of dropping an activation; random numbers cost a CPU two fifths of its speed.
    :param seed: Decides everything that is left to chance.
    :param validations_per_epoch: How often the model is validated.
    :param patience: Training stops after so many validations without a better MRR@10.
    :param validation_questions: How many questions to validate with at most, chosen at random once.
    :raises SettingsError: A value is out of bounds.
    """

    epochs: int = 1
    learning_rate: float = 5e-5
    warm_up: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    batch_size: int = 64
    chunk_size: int = 0
    max_seq_length: int = 256
    passage_chars: int = 1000
    passage_overlap: int = 200
    negatives: int = 1
    mining_depth: int = 20
    reader_threshold: float = 0.5
    scale: float = 20.0
    symmetric: bool = False
    pair: bool = False
    pooling: PoolingName = "mean"
    dropout: float = 0.0
    seed: int = 0
    validations_per_epoch: int = 4
    patience: int = 6
    validation_questions: int = 1000

    def __post_init__(self) -> None:
        """Report every value that is out of bounds at once."""
        wrong = out_of_bounds(self, _BOUNDS)
        if self.passage_overlap > self.passage_chars // 2:
            wrong.append(f"passage_overlap is {self.passage_overlap}, it has to be at most half of passage_chars")
        if self.pooling not in get_args(PoolingName):
            wrong.append(f"pooling is {self.pooling!r}, it has to be one of {', '.join(get_args(PoolingName))}")
        if wrong:
            raise SettingsError(f"an encoder cannot be trained like this: {'; '.join(wrong)}.")
