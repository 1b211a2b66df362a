"""The marginal of RAG (Lewis et al., 2020, section 2.1): what all passages together say of a text."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from qa_system.generation.rag_traits import RagVariant, ScoreScale

_NO_WIDTH = 1e-6


def log_prior(scores: Tensor, *, scale: ScoreScale, temperature: float) -> Tensor:
    """
    Weigh passages by their retriever's scores: `p(z|x) = softmax(scores / temperature)`.

    Inner products of the encoders that a model was trained with are used as they are (`inner_product`, as in the
    paper). Scores of BM25 and of fusions have no unit that a temperature could be fitted to: BM25's grow with the
    question, reciprocal ranks hardly differ, a cluster has (1 + cosine) / 2 where an index has cosines. So they are
    scaled first, the best passage to 1 and the worst to 0 (`relative`), which leaves of them what all retrievers mean
    alike: their order, and how the steps of it compare.

    :param scores: Of the passages of each question, shape `(..., passages)`.
    :param scale: What is done to them.
    :param temperature: The higher, the more alike all passages count.
    :returns: log p(z|x), of the same shape. Passages whose scores are all the same weigh the same.
    """
    if scale == "relative":
        lowest = scores.amin(-1, keepdim=True)
        scores = (scores - lowest) / (scores.amax(-1, keepdim=True) - lowest).clamp_min(_NO_WIDTH)
    return torch.log_softmax(scores / temperature, dim=-1)


def target_log_probs(generator: Any, targets: Tensor, **inputs: Any) -> Tensor:
    """
    Ask a model for the probability of each token of given texts.

    :param generator: Any sequence-to-sequence model.
    :param targets: The texts as tokens with the end token, padded with the padding token, shape `(rows, tokens)`.
    :param inputs: What the model reads for each row, by the names it has for it.
    :returns: log p(y_t | x, z, y_<t), shape `(rows, tokens)`, 0 at padding.
    """
    start, pad = generator.generation_config.decoder_start_token_id, generator.config.pad_token_id
    given = torch.cat([targets.new_full((len(targets), 1), start), targets[:, :-1]], dim=1)
    logits = generator(**inputs, decoder_input_ids=given, use_cache=False).logits
    return -cross_entropy(logits.float().transpose(1, 2), targets, ignore_index=pad, reduction="none")


def log_likelihood(token_log_probs: Tensor, prior: Tensor, variant: RagVariant) -> Tensor:
    """
    Sum over passages.

    RAG-Sequence takes one passage for a whole text, `p(y|x) = sum_z p(z|x) prod_t p(y_t|x,z,y_<t)`; RAG-Token another
    one for each token, `p(y|x) = prod_t sum_z p(z|x) p(y_t|x,z,y_<t)`.

    :param token_log_probs: As of `target_log_probs`, shape `(..., passages, tokens)`.
    :param prior: log p(z|x), shape `(..., passages)`.
    :param variant: `token` or `sequence`.
    :returns: log p(y|x), shape `(...)`.
    """
    if variant == "token":
        return (token_log_probs + prior.unsqueeze(-1)).logsumexp(-2).sum(-1)
    return (token_log_probs.sum(-1) + prior).logsumexp(-1)


def posterior(token_log_probs: Tensor, prior: Tensor, variant: RagVariant) -> Tensor:
    """
    Tell which passages a text is from, by Bayes' theorem.

    :param token_log_probs: As of `log_likelihood`, without padding.
    :param prior: log p(z|x), shape `(..., passages)`.
    :param variant: `token` or `sequence`.
    :returns: p(z|x,y), shape `(..., passages)`; with `token` the mean over the tokens of p(z|x,y_<=t).
    """
    if variant == "token":
        return (token_log_probs + prior.unsqueeze(-1)).softmax(-2).mean(-1)
    return (token_log_probs.sum(-1) + prior).softmax(-1)
