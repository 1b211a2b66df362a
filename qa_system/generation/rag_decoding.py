"""Texts that a generator would write from all passages: beams over the marginal, or beams per passage."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import FloatTensor, LongTensor, Tensor
from transformers import LogitsProcessor, LogitsProcessorList, NoBadWordsLogitsProcessor
from transformers.modeling_outputs import BaseModelOutput

from qa_system.generation.rag_marginal import log_likelihood, posterior, target_log_probs
from qa_system.generation.rag_traits import RagVariant

_LEAST = 1e-9
"""Of a probability, below 1: what is certain leaves nothing else to write."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """
    Passages as the encoder of a generator has read them, each with the question.

    :param hidden: Shape `(passages, tokens, size)`.
    :param mask: 1 for tokens and 0 for padding, shape `(passages, tokens)`.
    """

    hidden: Tensor
    mask: Tensor

    @property
    def inputs(self) -> dict[str, Any]:
        """What the model takes in the place of texts."""
        return {"encoder_outputs": BaseModelOutput(last_hidden_state=self.hidden), "attention_mask": self.mask}


@dataclass(frozen=True, slots=True)
class Scored:
    """
    How likely a text is.

    :param log_likelihood: log p(y|x), in nats.
    :param tokens: Tokens of the text, the end included.
    :param weights: p(z|x,y), of each passage.
    """

    log_likelihood: float
    tokens: int
    weights: list[float]

    def rank(self, length_penalty: float) -> float:
        """
        Compare it with texts of another length, as beams are compared: `log p(y|x) / tokens ** length_penalty`.

        :param length_penalty: 0 to compare probabilities, which short texts have the highest of; 1 to compare those of
            a token, on average.
        :returns: The higher, the better.
        """
        return self.log_likelihood / self.tokens**length_penalty


class MarginalLogits(LogitsProcessor):
    """
    Makes `generate` choose each token by what all passages together say: RAG-Token on any sequence-to-sequence model.

    The passages of a question are items of a batch for `generate`. Each of them is given the same marginal
    probabilities, so that all go on with the same beams, with their own caches.

    `RagTokenForGeneration.generate` of transformers 5.23 is not used: it disregards `max_new_tokens`, and RAG-Sequence
    needs a search of its own anyway.

    :param prior: log p(z|x), shape `(passages,)`.
    :param num_beams: How many beams there are; with one, `generate` hands over logits, else log-probabilities.
    """

    def __init__(self, prior: Tensor, num_beams: int) -> None:
        self._prior = prior
        self._num_beams = num_beams

    def __call__(self, input_ids: LongTensor, scores: FloatTensor) -> FloatTensor:
        """
        Mix what the passages say.

        :param input_ids: What was written so far, shape `(passages * beams, tokens)`.
        :param scores: What each passage says of the next token, shape `(passages * beams, vocabulary)`.
        :returns: The marginal log-probabilities, the same for each passage, of the same shape.
        """
        said = scores.log_softmax(-1) if self._num_beams == 1 else scores
        said = said.view(len(self._prior), self._num_beams, -1)
        mixed = (said + self._prior.view(-1, 1, 1)).logsumexp(0, keepdim=True)
        return mixed.expand_as(said).reshape(scores.shape)  # type: ignore[return-value]


class OtherThan(LogitsProcessor):
    """
    Makes `generate` write as it would, given that it does not write a certain text.

    Whether passages answer is decided by how likely "not mentioned" is; a search that finds nothing else has found
    nothing to answer with. To forbid its first word would change other texts that begin with it, to forbid its last one
    would end them oddly. So what is taken from each token of the text is the probability of the rest of it:
    `p(y_t | y_<t, y != text) = (p(y_t | y_<t) - p(text_t.. | y_<t)) / (1 - p(text_t.. | y_<t))` for the text's own
    token, and without the subtraction for others.

    :param text: The text as tokens, the end token included, shape `(tokens,)`.
    :param token_log_probs: log p(text_t | text_<t) as the scores that are processed have it, for each of the rows, or
        groups of rows one after the other, shape `(groups, tokens)`.
    """

    def __init__(self, text: Tensor, token_log_probs: Tensor) -> None:
        self._text = text
        self._rests = token_log_probs.double().flip(-1).cumsum(-1).flip(-1).clamp(max=-_LEAST)

    def __call__(self, input_ids: LongTensor, scores: FloatTensor) -> FloatTensor:
        """
        Take the text out of what may be written.

        :param input_ids: What was written so far, the start included, shape `(rows, tokens)`.
        :param scores: Log-probabilities, or logits, of the next token, shape `(rows, vocabulary)`.
        :returns: Log-probabilities given that the text is not written, of the same shape.
        """
        said, place = scores.log_softmax(-1), input_ids.shape[1] - 1
        if place >= len(self._text):
            return said  # type: ignore[return-value]
        rest = self._rests[:, place].repeat_interleave(len(said) // len(self._rests))
        writes_it = (input_ids[:, 1:] == self._text[:place]).all(-1)
        left, token = said.to(torch.float64, copy=True), self._text[place]
        left[:, token] = _log_difference(left[:, token], rest)
        left -= _log_difference(torch.zeros_like(rest), rest).unsqueeze(-1)
        return torch.where(writes_it.unsqueeze(-1), left.to(said.dtype), said)  # type: ignore[return-value]


def proposals(
    generator: Any,
    encoded: Encoded,
    prior: Tensor,
    *,
    variant: RagVariant,
    num_beams: int,
    max_new_tokens: int,
    length_penalty: float = 1.0,
    no_repeat_ngram_size: int = 0,
    other_than: Tensor | None = None,
) -> list[Tensor]:
    """
    Search for likely texts.

    `token` searches once, by the marginal. `sequence` searches for each passage, as the marginal of a whole text does
    not come apart into steps: the first half of "thorough decoding" (Lewis et al., 2020, section 2.5), whose second is
    `scored`.

    :param generator: Any sequence-to-sequence model.
    :param encoded: The passages.
    :param prior: log p(z|x), shape `(passages,)`.
    :param variant: `token` or `sequence`.
    :param num_beams: Beams of each search.
    :param max_new_tokens: The longest text.
    :param length_penalty: Compares beams of different length, see `Scored.rank`.
    :param no_repeat_ngram_size: So many tokens in a row are not written twice in a text; 0 to let them.
    :param other_than: A text that is not looked for, as tokens with the end token.
    :returns: Different texts as tokens, the end token included; best first with `token`.
    """
    processors: list[LogitsProcessor] = [MarginalLogits(prior, num_beams)] if variant == "token" else []
    if other_than is not None:
        said = target_log_probs(generator, other_than.expand(len(prior), -1), **encoded.inputs)
        mixed = (said + prior.unsqueeze(-1)).logsumexp(0, keepdim=True)
        processors.append(OtherThan(other_than, mixed if variant == "token" else said))
        # As a part of another text it says as little.
        processors.append(NoBadWordsLogitsProcessor([other_than[:-1].tolist()]))
    found = generator.generate(
        **encoded.inputs,
        num_beams=num_beams,
        num_return_sequences=num_beams,
        max_new_tokens=max_new_tokens,
        length_penalty=length_penalty,
        no_repeat_ngram_size=no_repeat_ngram_size,
        do_sample=False,
        logits_processor=LogitsProcessorList(processors),
    )
    beams = found[:num_beams] if variant == "token" else found  # every passage has the same ones
    texts = (_ended(row, generator) for row in beams)
    return list({tuple(text.tolist()): text for text in texts}.values())


def scored(generator: Any, encoded: Encoded, prior: Tensor, text: Tensor, variant: RagVariant) -> Scored:
    """
    Tell how likely a text is, by all passages.

    :param generator: Any sequence-to-sequence model.
    :param encoded: The passages.
    :param prior: log p(z|x), shape `(passages,)`.
    :param text: Its tokens, the end token included.
    :param variant: `token` or `sequence`.
    :returns: Its likelihood.
    """
    said = target_log_probs(generator, text.expand(len(prior), -1), **encoded.inputs)
    likelihood, weights = log_likelihood(said, prior, variant).item(), posterior(said, prior, variant)
    return Scored(likelihood, len(text), weights.tolist())


def _log_difference(one: Tensor, other: Tensor) -> Tensor:
    """Compute log(exp(one) - exp(other)), where rounding may have made the other the larger one."""
    return one + torch.log1p(-torch.exp((other - one).clamp(max=0.0)))


def _ended(row: Tensor, generator: Any) -> Tensor:
    """Leave out the start, and what pads a text after its end."""
    text, end = row[1:], generator.generation_config.eos_token_id
    ends = (text == (end[0] if isinstance(end, list) else end)).nonzero()
    return text[: int(ends[0]) + 1] if len(ends) else text
