"""What a generator says about itself in its `config.json`: how it weighs passages, and what it says if none answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from qa_system.dense.manifest import EncoderIdentity
from qa_system.errors import ModelError

RagVariant = Literal["token", "sequence"]
RAG_VARIANTS: tuple[str, ...] = get_args(RagVariant)

ScoreScale = Literal["inner_product", "relative"]
SCORE_SCALES: tuple[str, ...] = get_args(ScoreScale)

_ARCHITECTURES: dict[str, RagVariant] = {"RagTokenForGeneration": "token", "RagSequenceForGeneration": "sequence"}


@dataclass(frozen=True, slots=True)
class RagTraits:
    """
    How a generator works, under the key `qa_system` of its configuration.

    :param variant: `token` or `sequence`, as it was trained.
    :param score_scale: What the weights of passages are made of, see `log_prior`.
    :param prior_temperature: Divides the scores of passages.
    :param no_answer: What it writes where no passage answers; empty for a model that never says so.
    :param threshold: The log-odds against `no_answer` at which an answer is as likely as none.
    :param temperature: How many units of these log-odds it takes for the odds to change by a factor of e.
    :param vector_size: Length of the vectors whose inner products it learned to weigh passages by; None for others.
    :param question_weights: SHA-256 of the encoder of questions that it was trained with; None where that is not known
        or does not matter.
    :param passage_weights: The same of the encoder of passages.
    """

    variant: RagVariant = "token"
    score_scale: ScoreScale = "relative"
    prior_temperature: float = 1.0
    no_answer: str = ""
    threshold: float = 0.0
    temperature: float = 1.0
    vector_size: int | None = None
    question_weights: str | None = None
    passage_weights: str | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "RagTraits":
        """
        Read the traits.

        :param config: The model's configuration.
        :returns: Its traits. A RAG model of transformers weighs passages by the inner products of its own question
            encoder, as in the paper; others that say nothing by scores of any kind.
        :raises ModelError: The configuration names a trait that does not exist, or one that makes no sense.
        """
        if config.get("model_type") == "rag":
            named = next(iter(config.get("architectures") or ()), "")
            size = config.get("retrieval_vector_size")
            return cls(_ARCHITECTURES.get(named, "token"), "inner_product", vector_size=size)
        try:
            traits = cls(**config.get("qa_system", {}))
        except TypeError as error:
            known = ", ".join(field.name for field in fields(cls))
            raise ModelError(f"config.json, qa_system: {error}. Known: {known}.") from error
        if min(traits.temperature, traits.prior_temperature) <= 0:
            raise ModelError(
                f"config.json, qa_system: temperature is {traits.temperature} and prior_temperature is "
                f"{traits.prior_temperature}; both have to be above 0."
            )
        return traits

    @property
    def encoders(self) -> str:
        """Whose inner products it learned to weigh passages by, for a message."""
        named = (("question", self.question_weights), ("passage", self.passage_weights))
        weights = [f"the {kind} encoder of weights {digest[:8]}" for kind, digest in named if digest]
        return f"{' and '.join(weights) or 'its own question encoder'}, vectors of length {self.vector_size}"

    def weighs_by(self, made_by: EncoderIdentity | None, vector_size: int | None) -> bool:
        """
        Tell whether it learned to weigh passages by the inner products of an encoder.

        :param made_by: The encoder; None for scores that are no inner products.
        :param vector_size: Length of its vectors.
        :returns: Whether nothing that is known of its own encoders speaks against that.
        """
        if made_by is None:
            return False
        wanted = (self.vector_size, self.question_weights, self.passage_weights)
        found = (vector_size, made_by.query_weights, made_by.passage_weights)
        return all(one in (None, other) for one, other in zip(wanted, found, strict=True))

    def no_answer_probability(self, log_likelihood: float) -> float:
        """
        Turn how likely a model finds `no_answer` into the probability that no passage answers (Guo et al., ICML 2017).

        :param log_likelihood: Of `no_answer`, given all passages.
        :returns: `sigmoid((threshold - log-odds) / temperature)`, in [0, 1].
        """
        return 0.5 * (1.0 + math.tanh(0.5 * (self.threshold - odds_against(log_likelihood)) / self.temperature))


def odds_against(log_likelihood: float) -> float:
    """
    Tell the log-odds of everything else.

    :param log_likelihood: Of a text.
    :returns: `log((1 - p) / p)`, finite also for a p that rounds to 1.
    """
    certain = min(log_likelihood, -1e-7)
    return math.log(-math.expm1(certain)) - certain
