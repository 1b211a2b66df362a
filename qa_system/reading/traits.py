"""What a reader model says about itself in its `config.json`, under the key `qa_system`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from qa_system.errors import ModelError


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    How to read logits as probabilities.

    :param threshold: The logit, span against no answer, at which an answer is as likely right as wrong.
    :param temperature: How many units of logit it takes for the odds to change by a factor of e.
    """

    threshold: float = 0.0
    temperature: float = 1.0

    def probability(self, logit: float) -> float:
        """
        Turn the logit of a span into the probability that it answers the question (Guo et al., ICML 2017).

        :param logit: Span against no answer.
        :returns: `sigmoid((logit - threshold) / temperature)`, in [0, 1].
        """
        # tanh cannot overflow, exp can.
        return 0.5 * (1.0 + math.tanh(0.5 * (logit - self.threshold) / self.temperature))


@dataclass(frozen=True, slots=True)
class ModelTraits:
    """
    How to ask a model, and how to read its logits.

    :param styles: The words put in front of a question, by style of question; none for most models.
    :param threshold: As of `Calibration`, where `by_style` says nothing.
    :param temperature: Likewise.
    :param by_style: Calibrations by style of question: a model is surer of short spans than of clauses of opinion.
    :param max_seq_length: Tokens in the longest windows that the model was trained on, in which it reads best; None for
        models that do not say.
    """

    styles: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.0
    temperature: float = 1.0
    by_style: Mapping[str, Calibration] = field(default_factory=dict)
    max_seq_length: int | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ModelTraits":
        """
        Read the traits.

        :param config: The model's configuration.
        :returns: Its traits; the defaults where it does not name them.
        :raises ModelError: The configuration names a trait that does not exist, or a temperature that is not positive.
        """
        said = dict(config.get("qa_system", {}))
        try:
            by_style = {style: Calibration(**fitted) for style, fitted in said.pop("by_style", {}).items()}
            traits = cls(**said, by_style=by_style)
        except TypeError as error:
            known = ", ".join(field.name for field in fields(cls))
            raise ModelError(f"config.json, qa_system: {error}. Known: {known}.") from error
        for temperature in (traits.temperature, *(one.temperature for one in by_style.values())):
            if temperature <= 0:
                raise ModelError(f"config.json, qa_system: temperature is {temperature}; it has to be above 0.")
        return traits

    def calibration(self, style: str) -> Calibration:
        """
        Pick the calibration of a question.

        :param style: The question's style, `opinion` or `plain`.
        :returns: What was fitted for that style, else for all.
        """
        return self.by_style.get(style) or Calibration(self.threshold, self.temperature)
