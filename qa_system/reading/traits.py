"""What a reader model says about itself in its `config.json`, under the key `qa_system`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from qa_system.errors import ModelError


@dataclass(frozen=True, slots=True)
class ModelTraits:
    """
    How to ask a model, and how to read its logits as probabilities.

    :param styles: The words put in front of a question, by style of question; none for most models.
    :param threshold: The logit, span against no answer, at which an answer is as likely right as wrong.
    :param temperature: How many units of logit it takes for the odds to change by a factor of e.
    :param max_seq_length: Tokens in the longest windows that the model was trained on, in which it reads best; None for
        models that do not say.
    """

    styles: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.0
    temperature: float = 1.0
    max_seq_length: int | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ModelTraits":
        """
        Read the traits.

        :param config: The model's configuration.
        :returns: Its traits; the defaults where it does not name them.
        :raises ModelError: The configuration names a trait that does not exist, or a temperature that is not positive.
        """
        try:
            traits = cls(**config.get("qa_system", {}))
        except TypeError as error:
            known = ", ".join(field.name for field in fields(cls))
            raise ModelError(f"config.json, qa_system: {error}. Known: {known}.") from error
        if traits.temperature <= 0:
            raise ModelError(f"config.json, qa_system: temperature is {traits.temperature}; it has to be above 0.")
        return traits

    def probability(self, logit: float) -> float:
        """
        Turn the logit of a span into the probability that it answers the question (Guo et al., ICML 2017).

        :param logit: Span against no answer.
        :returns: `sigmoid((logit - threshold) / temperature)`, in [0, 1].
        """
        # tanh cannot overflow, exp can.
        return 0.5 * (1.0 + math.tanh(0.5 * (logit - self.threshold) / self.temperature))
