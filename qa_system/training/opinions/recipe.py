"""What decides how an opinions model is trained, apart from its data and its base."""

from dataclasses import dataclass

from qa_system.errors import SettingsError
from qa_system.training.bounds import COUNT, NOT_NEGATIVE, Bound, out_of_bounds
from qa_system.training.schedule import SCHEDULE_BOUNDS, Schedule

_BOUNDS: dict[str, Bound] = {
    **SCHEDULE_BOUNDS,
    "max_seq_length": ("at least 32", lambda value: value >= 32),
    "reviews": NOT_NEGATIVE,
    "sentences": NOT_NEGATIVE,
    "opinions": NOT_NEGATIVE,
    "contrasts": NOT_NEGATIVE,
    "tagged": NOT_NEGATIVE,
    "aspect_weight": NOT_NEGATIVE,
    "validation_samples": COUNT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OpinionRecipe(Schedule):
    """
    How an opinions model is trained, besides what `Schedule` says. The best model is that of the highest mean of the
    macro-F1 of polarities and the F1 of aspects.

    :param max_seq_length: Tokens that the model reads at once; a review is cut to as many.
    :param reviews: How many rated reviews an epoch takes, as many of each polarity.
    :param sentences: How many sentences of them.
    :param opinions: How many opinions on something.
    :param contrasts: How many pairs of opinions, a good and a bad one, that are made one text.
    :param tagged: How many texts whose aspects are known.
    :param aspect_weight: How much finding aspects counts in the loss, where a polarity counts 1.
    :param validation_samples: How many samples of each kind to validate with at most, chosen at random once.
    :raises SettingsError: A value is out of bounds.
    """

    epochs: int = 2
    learning_rate: float = 4e-4
    batch_tokens: int = 2048
    max_seq_length: int = 96
    reviews: int = 6_000
    sentences: int = 9_000
    opinions: int = 10_000
    contrasts: int = 5_000
    tagged: int = 7_000
    aspect_weight: float = 1.0
    validation_samples: int = 600

    def __post_init__(self) -> None:
        """Report every value that is out of bounds at once."""
        if wrong := out_of_bounds(self, _BOUNDS):
            raise SettingsError(f"an opinions model cannot be trained like this: {'; '.join(wrong)}.")
