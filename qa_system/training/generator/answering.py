"""Learning to answer: answers of annotators are to be likely, given all passages, and marked where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from qa_system.generation.rag_marginal import log_likelihood, log_prior, target_log_probs
from qa_system.generation.rag_traits import ScoreScale
from qa_system.reading.windows import batches
from qa_system.training.generator.base import NO_ANSWER
from qa_system.training.generator.batches import RagBatch, model_inputs, padded, tokens_of
from qa_system.training.generator.end_to_end import EndToEnd, PassageVectors
from qa_system.training.generator.locating import UNKNOWN, Place, places
from qa_system.training.generator.questions import RagQuestion
from qa_system.training.generator.recipe import GeneratorRecipe


@dataclass(frozen=True, slots=True)
class _Asked:
    question: RagQuestion
    contexts: list[list[int]]
    places: list[Place]
    wanted: list[int]

    def __len__(self) -> int:
        """Count the tokens of all passages, each padded to the longest."""
        return len(self.contexts) * max(map(len, self.contexts))


class Answering:
    """
    Makes the batches of this stage.

    :param questions: What is learned from.
    :param tokenizer: The generator's.
    :param recipe: How much is read and written.
    :param vectors: Of the passages, where the encoder of questions learns along.
    """

    def __init__(
        self,
        questions: Sequence[RagQuestion],
        tokenizer: Any,
        recipe: GeneratorRecipe,
        vectors: PassageVectors | None = None,
    ) -> None:
        self._questions = questions
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._vectors = vectors

    def epoch(self, random: Random) -> list[tuple[RagQuestion, str]]:
        """
        Draw the samples of an epoch.

        :param random: The source of chance.
        :returns: Questions, each with what one annotator found, in random order.
        """
        samples = [
            (question, random.choice(question.answers))
            for question in self._questions
            for _ in range(int(question.weight) + (random.random() < question.weight % 1))
        ]
        random.shuffle(samples)
        return samples

    def batches(self, samples: Sequence[tuple[RagQuestion, str]], random: Random) -> Iterator[RagBatch]:
        """
        Batch samples of similar length.

        :param samples: The samples.
        :param random: Decides the order of the batches.
        :returns: The batches.
        """
        grouped = list(batches([self._asked(*sample) for sample in samples], self._recipe.batch_tokens))
        random.shuffle(grouped)
        yield from map(self._batch, grouped)

    def _asked(self, question: RagQuestion, answer: str) -> _Asked:
        read = self._tokenizer(
            [(question.question, passage) for passage in question.passages],
            truncation=True,
            max_length=self._recipe.max_seq_length,
        )
        (written,) = tokens_of(self._tokenizer, [answer or NO_ANSWER])
        wanted = [*written, self._tokenizer.sep_token_id][: self._recipe.max_answer_tokens]
        return _Asked(question, read["input_ids"], places(question, answer, read), wanted)

    def _batch(self, asked: Sequence[_Asked]) -> RagBatch:
        pad, questions = self._tokenizer.pad_token_id, [one.question for one in asked]
        contexts = [context for one in asked for context in one.contexts]
        return RagBatch(
            inputs=model_inputs(contexts, pad),
            targets=padded([one.wanted for one in asked], pad),
            places=torch.tensor([place for one in asked for place in one.places]),
            scores=torch.tensor([question.scores for question in questions]),
            tokens=sum(map(len, contexts)) + sum(len(one.wanted) for one in asked),
            questions=tuple(question.question for question in questions),
            vectors=self._vectors.of(questions) if self._vectors else torch.empty(0),
        )


class RagLoss:
    """
    `-log p(y|x)`, per token of the answers (Lewis et al., 2020, section 2.4), and `place_weight` times the
    cross-entropy of where they stand.

    :param model: The generator, or an `EndToEnd`, on its device.
    :param recipe: What is made likely, and how passages weigh.
    """

    def __init__(self, model: Any, recipe: GeneratorRecipe) -> None:
        self._model = model
        self._recipe = recipe

    def __call__(self, batch: RagBatch) -> Tensor:
        """
        Compute it.

        :param batch: What to learn from.
        :returns: The loss, in nats, of shape `()`.
        """
        device, generator = self._model.device, generator_of(self._model)
        inputs = {name: ids.to(device) for name, ids in batch.inputs.items()}
        targets, passages = batch.targets.to(device), batch.scores.shape[1]
        encoded = generator.get_encoder()(**inputs)
        said = target_log_probs(
            generator,
            targets.repeat_interleave(passages, dim=0),
            encoder_outputs=encoded,
            attention_mask=inputs["attention_mask"],
        )
        by_passage = said.view(len(targets), passages, -1)
        written = (targets != generator.config.pad_token_id).sum()
        loss = -log_likelihood(by_passage, self._prior(batch), self._recipe.variant).sum() / written
        if not self._recipe.place_weight:
            return loss
        return loss + self._recipe.place_weight * place_loss(encoded.place_logits, batch.places.to(device))

    def _prior(self, batch: RagBatch) -> Tensor:
        scores = self._model.scores(batch) if isinstance(self._model, EndToEnd) else batch.scores.to(self._model.device)
        return log_prior(scores, scale=score_scale(self._recipe), temperature=self._recipe.prior_temperature)


def place_loss(place_logits: Tensor, places: Tensor) -> Tensor:
    """
    Compute how unlikely the first and the last token of answers were.

    :param place_logits: As of `MarkedOutput`.
    :param places: As of `RagBatch`.
    :returns: Mean cross-entropy of a token that is known, in nats, of shape `()`; 0 where none is.
    """
    missed = cross_entropy(place_logits, places, ignore_index=UNKNOWN, reduction="sum")
    return missed / (places != UNKNOWN).sum().clamp_min(1)


def score_scale(recipe: GeneratorRecipe) -> ScoreScale:
    """
    Decide what passages are weighed by.

    :param recipe: How a generator is trained.
    :returns: Inner products, where the encoder learns what they shall be; else what goes with every retriever.
    """
    return "inner_product" if recipe.end_to_end else "relative"


def generator_of(model: Any) -> Any:
    """
    Take the generator.

    :param model: What is trained.
    :returns: The part of it that writes.
    """
    return model.generator if isinstance(model, EndToEnd) else model
