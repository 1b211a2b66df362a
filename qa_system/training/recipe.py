"""What decides how a reader is trained, apart from its data and its base."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from qa_system.errors import SettingsError
from qa_system.training.bounds import COUNT, NOT_NEGATIVE, POSITIVE, SHARE, Bound, out_of_bounds
from qa_system.training.schedule import SCHEDULE_BOUNDS, Schedule

NegativeSource = Literal["item", "bm25"]

_BOUNDS: dict[str, Bound] = {
    **SCHEDULE_BOUNDS,
    "layer_decay": ("above 0 and at most 1", lambda value: 0 < value <= 1),
    "max_seq_length": ("at least 32", lambda value: value >= 32),
    "stride": NOT_NEGATIVE,
    "negative_share": SHARE,
    "teacher_weight": ("at least 0 and at most 1", lambda value: 0 <= value <= 1),
    "teacher_temperature": POSITIVE,
    "validation_questions": COUNT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe(Schedule):
    """
    How a reader is trained, besides what `Schedule` says; the best model is that of the highest F1. On a CPU the same
    recipe with the same data, base and threads gives the same weights.

    :param layer_decay: Each layer of the encoder learns at so many times the rate of the one above it (Sun et al.,
        2019, section 5.3.4); 1 for all at the same.
    :param max_seq_length: Tokens that the model reads at once, question and special tokens included.
    :param stride: Tokens of a long review that two neighbouring windows share; at most half of `max_seq_length`.
    :param negative_share: How many samples to add, per question, that ask it of a review without the answer.
    :param negatives: Where such a review is looked for first: among all of the same `item`, or among those of them that
        share most words with the question, by `bm25`.
    :param teacher_weight: Where there are teachers, the share of the loss that is about agreeing with them; the rest is
        about the labels.
    :param teacher_temperature: Divides the logits of both before they are compared: the higher, the more the unlikely
        tokens count (Hinton et al., 2015).
    :param validation_questions: How many questions of each style to validate with at most, chosen at random once.
    :param styles: The words put in front of a question, by the style of answer it wants.
    :raises SettingsError: A value is out of bounds.
    """

    layer_decay: float = 1.0
    max_seq_length: int = 384
    stride: int = 128
    negative_share: float = 0.1
    negatives: NegativeSource = "item"
    teacher_weight: float = 0.5
    teacher_temperature: float = 2.0
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
