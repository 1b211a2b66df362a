"""How well a saved generator answers the validation questions, and how it weighs passages and abstains best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from haystack import Document
from haystack.utils import ComponentDevice
from torch import Tensor

from qa_system.dense.model_files import weights_hash
from qa_system.eval.answers import exact_match, f1
from qa_system.generation.rag import RAGGenerator
from qa_system.generation.rag_marginal import log_likelihood, log_prior, target_log_probs
from qa_system.generation.rag_model import RagModel, load_rag
from qa_system.generation.rag_traits import RagTraits, odds_against
from qa_system.generation.rag_writing import read
from qa_system.training.base import save_traits
from qa_system.training.calibration import Judged, calibrated
from qa_system.training.dense.base import load_saved
from qa_system.training.dense.encoding import TrainedEncoder
from qa_system.training.generator.answering import score_scale
from qa_system.training.generator.base import NO_ANSWER
from qa_system.training.generator.end_to_end import QUERY_FOLDER, PassageVectors
from qa_system.training.generator.log import Answered
from qa_system.training.generator.questions import RagQuestion
from qa_system.training.generator.recipe import GeneratorRecipe

_TEMPERATURES = np.logspace(-2, 1, 31)
_GREEDY = 1


@dataclass(frozen=True, slots=True)
class _Said:
    """What a model says of the first annotator's answer and of none, token by token, by passage."""

    answer: Tensor
    nothing: Tensor
    scores: Tensor


class RagValidator:
    """
    Fits a saved generator's traits to validation questions, has it answer them, and scores it.

    :param questions: The questions.
    :param recipe: How the model was trained.
    :param device: Where the model runs.
    :param vectors: Of the passages, where the encoder of questions learns along.
    :param passage_weights: What tells the encoder of these vectors from others.
    """

    def __init__(
        self,
        questions: Sequence[RagQuestion],
        recipe: GeneratorRecipe,
        *,
        device: ComponentDevice,
        vectors: PassageVectors | None = None,
        passage_weights: str | None = None,
    ) -> None:
        self._questions = questions
        self._recipe = recipe
        self._device = device
        self._vectors = vectors
        self._passage_weights = passage_weights

    def score(self, folder: Path) -> Answered:
        """
        Fit what a model says of itself, and score it.

        :param folder: A model that this process has not loaded before; its traits are written.
        :returns: Its scores, with the answers that its calibration lets pass, written without a search.
        :raises ModelError: It cannot be loaded.
        """
        asked = self.asked(folder)
        traits, loss = self._fitted(folder, asked)
        save_traits(folder, traits)
        found = zip(written(folder, asked, self._recipe, device=self._device, num_beams=_GREEDY), asked, strict=True)
        answers = [(text, one.gold) for text, one in found]
        exact, overlap = (fmean(measure(*answer) for answer in answers) for measure in (exact_match, f1))
        return Answered(exact, overlap, loss)

    def asked(self, folder: Path) -> list[RagQuestion]:
        """
        Score the passages of the questions as the retriever of a model does.

        :param folder: The model; where an encoder of questions learns along, it lies in there.
        :returns: The questions, with these scores.
        """
        if self._vectors is None:
            return list(self._questions)
        encoder = TrainedEncoder(load_saved(folder / QUERY_FOLDER, self._device.to_torch()))
        asked = torch.from_numpy(encoder.encode_queries([one.question for one in self._questions]))
        scores = torch.einsum("qd,qpd->qp", asked, self._vectors.of(self._questions))
        return [replace(one, scores=row) for one, row in zip(self._questions, scores.tolist(), strict=True)]

    def _traits(self, folder: Path) -> RagTraits:
        traits = RagTraits(self._recipe.variant, score_scale(self._recipe), no_answer=NO_ANSWER)
        if self._vectors is None:
            return traits
        question_weights = weights_hash(folder / QUERY_FOLDER)
        return replace(
            traits,
            vector_size=self._vectors.size,
            question_weights=question_weights,
            passage_weights=self._passage_weights,
        )

    def _fitted(self, folder: Path, asked: Sequence[RagQuestion]) -> tuple[RagTraits, float]:
        """Let passages weigh so that the answers are likeliest, then abstain where that is likelier than not."""
        traits, model = self._traits(folder), load_rag(str(folder), device=self._device.to_torch())
        said = [_said(model, one) for one in asked]
        losses = {temperature: _loss(said, traits, temperature) for temperature in _TEMPERATURES.tolist()}
        traits = replace(traits, prior_temperature=min(losses, key=losses.__getitem__))
        judged = [
            Judged("", odds_against(_likelihood(one.nothing, one.scores, traits).item()), bool(question.gold))
            for one, question in zip(said, asked, strict=True)
        ]
        calibration = calibrated(judged)
        tokens = fmean(one.answer.shape[1] for one in said)
        loss = losses[traits.prior_temperature] / tokens
        return replace(traits, threshold=calibration.threshold, temperature=calibration.temperature), loss


def written(
    folder: Path, asked: Sequence[RagQuestion], recipe: GeneratorRecipe, *, device: ComponentDevice, num_beams: int
) -> list[str]:
    """
    Have a saved model answer questions from their passages, as it does for its users.

    :param folder: The model.
    :param asked: The questions.
    :param recipe: How it was trained.
    :param device: Where it runs.
    :param num_beams: Beams of a search.
    :returns: The likeliest answer to each; empty where the model abstains.
    """
    generator = RAGGenerator(folder, num_beams=num_beams, max_new_tokens=recipe.max_answer_tokens, device=device)
    found = (generator.run(one.question, as_documents(one))["answers"] for one in asked)
    return [answers[0].data for answers in found]


def as_documents(question: RagQuestion) -> list[Document]:
    """
    Turn passages into what a retriever gives.

    :param question: The question.
    :returns: Its passages, with their scores.
    """
    return [Document(content=text, score=score) for text, score in zip(question.passages, question.scores, strict=True)]


@torch.inference_mode()
def _said(model: RagModel, question: RagQuestion) -> _Said:
    encoded = read(model, question.question, as_documents(question))
    answer, nothing = (
        target_log_probs(model.generator, tokens.expand(len(encoded.hidden), -1), **encoded.inputs).cpu()
        for tokens in map(model.tokens, ((question.gold or [NO_ANSWER])[0], NO_ANSWER))
    )
    return _Said(answer, nothing, torch.tensor(question.scores))


def _likelihood(token_log_probs: Tensor, scores: Tensor, traits: RagTraits) -> Tensor:
    prior = log_prior(scores, scale=traits.score_scale, temperature=traits.prior_temperature)
    return log_likelihood(token_log_probs, prior, traits.variant)


def _loss(said: Sequence[_Said], traits: RagTraits, temperature: float) -> float:
    tried = replace(traits, prior_temperature=temperature)
    return -fmean(_likelihood(one.answer, one.scores, tried).item() for one in said)
