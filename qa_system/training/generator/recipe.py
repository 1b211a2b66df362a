"""What decides how a generator is trained, apart from its data and its base."""

from dataclasses import dataclass

from qa_system.errors import SettingsError
from qa_system.generation.rag_traits import RAG_VARIANTS, RagVariant
from qa_system.training.bounds import COUNT, NOT_NEGATIVE, POSITIVE, SHARE, Bound, out_of_bounds
from qa_system.training.schedule import SCHEDULE_BOUNDS, Schedule

_TOKENS: Bound = "at least 16", lambda value: value >= 16

_DENOISING_BOUNDS: dict[str, Bound] = {
    **SCHEDULE_BOUNDS,
    "max_seq_length": _TOKENS,
    "masked": SHARE,
    "span": POSITIVE,
    "quote_weight": NOT_NEGATIVE,
    "validation_reviews": COUNT,
}

_BOUNDS: dict[str, Bound] = {
    **SCHEDULE_BOUNDS,
    "passages": COUNT,
    "passage_chars": ("at least 100", lambda value: value >= 100),
    "passage_overlap": NOT_NEGATIVE,
    "max_seq_length": _TOKENS,
    "max_answer_tokens": COUNT,
    "prior_temperature": POSITIVE,
    "place_weight": NOT_NEGATIVE,
    "mining_depth": COUNT,
    "validation_questions": COUNT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DenoisingRecipe(Schedule):
    """
    How a generator learns to write, besides what `Schedule` says: it restores reviews whose sentences were shuffled and
    whose words were masked (BART, Lewis et al., 2019, section 2.2). Beside that it writes out what is marked in them,
    as it shall write what the encoder marks. The best model is the one that restores best.

    :param max_seq_length: Tokens of a review that are read; the rest is left out.
    :param masked: The share of the tokens that is masked.
    :param span: Mean number of tokens that one mask stands for.
    :param quote_weight: How much it counts that what is marked is written out, beside the restoration.
    :param validation_reviews: How many reviews to validate with at most, chosen at random once.
    :raises SettingsError: A value is out of bounds.
    """

    epochs: int = 2
    learning_rate: float = 3e-4
    batch_tokens: int = 2048
    max_seq_length: int = 128
    masked: float = 0.3
    span: float = 3.0
    quote_weight: float = 0.5
    validation_reviews: int = 500

    def __post_init__(self) -> None:
        """Report every value that is out of bounds at once."""
        if wrong := out_of_bounds(self, _DENOISING_BOUNDS):
            raise SettingsError(f"a generator cannot learn to write like this: {'; '.join(wrong)}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratorRecipe(Schedule):
    """
    How a generator learns to answer, besides what `Schedule` says: it makes the answers that annotators marked likely,
    given all retrieved passages together (RAG, Lewis et al., 2020). The best model is that of the highest F1. On a CPU
    the same recipe with the same data, base and threads gives the same weights.

    :param variant: What is made likely: `token` or `sequence`, see `log_likelihood`.
    :param passages: Passages that a question is asked of: its own, and those that BM25 and the encoder find.
    :param passage_chars: Longest passage, in characters, as of `qa index`.
    :param passage_overlap: Characters that neighbouring passages share, at most half of `passage_chars`.
    :param max_seq_length: Tokens of a question with a passage that are read; the rest is left out.
    :param max_answer_tokens: Longest answer that is learned from and written.
    :param mining_depth: How many passages each search looks at.
    :param prior_temperature: Divides the scores of passages while training; that of the model is fitted to validation
        questions.
    :param place_weight: How much it counts that the encoder marks the answer where annotators did, beside the answer
        being likely.
    :param end_to_end: Whether the encoder of questions learns along, through the weights of the passages, while their
        vectors stay as they are (Lewis et al., 2020, section 2.4).
    :param validation_questions: How many questions to validate with at most, chosen at random once.
    :raises SettingsError: A value is out of bounds.
    """

    epochs: int = 2
    learning_rate: float = 1e-4
    batch_tokens: int = 8192
    patience: int = 4
    variant: RagVariant = "token"
    passages: int = 4
    passage_chars: int = 1000
    passage_overlap: int = 200
    max_seq_length: int = 256
    max_answer_tokens: int = 40
    mining_depth: int = 20
    prior_temperature: float = 0.5
    place_weight: float = 0.5
    end_to_end: bool = False
    validation_questions: int = 300

    def __post_init__(self) -> None:
        """Report every value that is out of bounds at once."""
        wrong = out_of_bounds(self, _BOUNDS)
        if self.passage_overlap > self.passage_chars // 2:
            wrong.append(f"passage_overlap is {self.passage_overlap}, it has to be at most half of passage_chars")
        if self.variant not in RAG_VARIANTS:
            wrong.append(f"variant is {self.variant!r}, it has to be one of {', '.join(RAG_VARIANTS)}")
        if wrong:
            raise SettingsError(f"a generator cannot be trained like this: {'; '.join(wrong)}.")
