"""A question and passages -> what a generator would write, how likely it is, and how likely no passage answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from haystack import Document
from torch import Tensor

from qa_system.generation.rag_decoding import Encoded, Scored, proposals, scored
from qa_system.generation.rag_marginal import log_prior
from qa_system.generation.rag_model import RagModel
from qa_system.generation.rag_spelling import spelt
from qa_system.generation.rag_traits import RagTraits


@dataclass(frozen=True, slots=True)
class Written:
    """
    An answer.

    :param text: Its words.
    :param scored: How likely it is.
    """

    text: str
    scored: Scored


@torch.inference_mode()
def write_answers(
    model: RagModel,
    question: str,
    documents: Sequence[Document],
    traits: RagTraits,
    *,
    num_beams: int,
    max_new_tokens: int,
    length_penalty: float,
    no_repeat_ngram_size: int,
) -> tuple[list[Written], float]:
    """
    Answer a question from passages.

    :param model: The generator.
    :param question: The question.
    :param documents: The passages, with text, one or more.
    :param traits: How it shall work: its own traits, or some of them overridden.
    :param num_beams: Beams of a search.
    :param max_new_tokens: The longest answer.
    :param length_penalty: Compares answers of different length, see `Scored.rank`.
    :param no_repeat_ngram_size: So many tokens in a row are not written twice in an answer; 0 to let them.
    :returns: Different answers, best first, and the probability that no passage answers, 0 for a model that never
        says so.
    """
    encoded, prior = read(model, question, documents), weigh(documents, traits).to(model.generator.device)
    nothing = model.tokens(traits.no_answer) if traits.no_answer else None
    found = proposals(
        model.generator,
        encoded,
        prior,
        variant=traits.variant,
        num_beams=num_beams,
        max_new_tokens=max_new_tokens,
        length_penalty=length_penalty,
        no_repeat_ngram_size=no_repeat_ngram_size,
        other_than=nothing,
    )
    texts = {text: tokens for tokens in reversed(found) if _says_something(text := model.text(tokens), traits)}
    answers = [
        _written(text, scored(model.generator, encoded, prior, tokens, traits.variant), documents)
        for text, tokens in texts.items()
    ]
    return sorted(answers, key=lambda one: -one.scored.rank(length_penalty)), _silence(model, encoded, prior, traits)


def read(model: RagModel, question: str, documents: Sequence[Document]) -> Encoded:
    """
    Let a generator's encoder read passages.

    :param model: The generator.
    :param question: The question, which it reads with each of them.
    :param documents: The passages.
    :returns: What it makes of them.
    """
    inputs = {name: ids.to(model.generator.device) for name, ids in model.writer.write(question, documents).items()}
    return Encoded(model.generator.get_encoder()(**inputs).last_hidden_state, inputs["attention_mask"])


def weigh(documents: Sequence[Document], traits: RagTraits) -> Tensor:
    """
    Weigh passages by their scores.

    :param documents: The passages.
    :param traits: How.
    :returns: log p(z|x), shape `(passages,)`; all the same where one has no score.
    """
    scores = [0.0 if document.score is None else document.score for document in documents]
    known = all(document.score is not None for document in documents)
    told = torch.tensor(scores if known else [0.0] * len(scores))
    return log_prior(told, scale=traits.score_scale, temperature=traits.prior_temperature)


def _written(text: str, likely: Scored, documents: Sequence[Document]) -> Written:
    ranked = sorted(zip(likely.weights, documents, strict=True), key=lambda one: -one[0])
    return Written(spelt(text, (document.content or "" for _, document in ranked)), likely)


def _silence(model: RagModel, encoded: Encoded, prior: Tensor, traits: RagTraits) -> float:
    if not traits.no_answer:
        return 0.0
    silence = scored(model.generator, encoded, prior, model.tokens(traits.no_answer), traits.variant)
    return traits.no_answer_probability(silence.log_likelihood)


def _says_something(text: str, traits: RagTraits) -> bool:
    return text.casefold() not in ("", traits.no_answer)
