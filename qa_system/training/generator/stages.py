"""The two stages of a generator's training, one after the other."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import torch
from haystack.utils import ComponentDevice

from qa_system.dense.encoder import Encoder
from qa_system.dense.model_files import model_folder, weights_hash
from qa_system.training.base import save_model
from qa_system.training.dense.base import Base, load_base, save_encoder
from qa_system.training.dense.encoding import TrainedEncoder
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.folder import TrainingFolder
from qa_system.training.generator.account import account_of
from qa_system.training.generator.answering import Answering, RagLoss, generator_of
from qa_system.training.generator.base import load_generator, warm_start
from qa_system.training.generator.card import write_card
from qa_system.training.generator.denoising import Denoising, DenoisingLoss, DenoisingValidator
from qa_system.training.generator.end_to_end import QUERY_FOLDER, EndToEnd, PassageVectors
from qa_system.training.generator.log import GeneratorProgress
from qa_system.training.generator.plan import GeneratorPlan
from qa_system.training.generator.questions import RagQuestion, rag_questions
from qa_system.training.generator.report import write_report
from qa_system.training.generator.unlabelled import Unlabelled
from qa_system.training.generator.validation import RagValidator
from qa_system.training.learner import Learner
from qa_system.training.mixture import Mixture
from qa_system.training.schedule import Schedule, scheduled
from qa_system.training.trainer import Trainer, Validator

_TRAIN, _VALIDATION = "train.json", "validation.json"
_NOTHING = "there is nothing to learn from: no review and no question has words."


class Stages:
    """
    Learning to write, then learning to answer.

    :param plan: Data, base and recipes.
    :param mixture: The labelled questions.
    :param reviews: What to learn to write from; None to leave that out.
    :param device: Where to train.
    :param checkpoint_minutes: How much time a kill may cost.
    :param on_progress: Called with the stage and each row of its log.
    """

    def __init__(
        self,
        plan: GeneratorPlan,
        mixture: Mixture,
        reviews: Unlabelled | None,
        device: ComponentDevice,
        checkpoint_minutes: float,
        on_progress: Callable[[str, GeneratorProgress], None],
    ) -> None:
        self._plan = plan
        self._mixture = mixture
        self._reviews = reviews
        self._device = device
        self._where = device.to_torch()
        self._checkpoint_minutes = checkpoint_minutes
        self._on_progress = on_progress

    def run(self, folder: TrainingFolder) -> None:
        """
        Train, from where it stopped.

        :param folder: Of the training, held by this process.
        """
        writer = TrainingFolder(folder.out / "stages" / "denoising")
        if self._reviews and not writer.is_finished:
            self._learn_to_write(writer, self._reviews)
        self._learn_to_answer(folder, writer)

    def _learn_to_write(self, folder: TrainingFolder, reviews: Unlabelled) -> None:
        recipe = self._plan.denoising
        model, tokenizer = self._warm_start(recipe.seed, recipe.dropout)
        denoising = Denoising(tokenizer, recipe)
        validator = DenoisingValidator(reviews.validation, tokenizer, recipe, device=self._where)
        learner = Learner(model, DenoisingLoss(model, recipe.quote_weight), recipe)
        save = partial(save_model, tokenizer=tokenizer)
        with folder.held():
            folder.begin({})
            trainer = self._trainer("denoising", learner, validator, recipe, folder, save=save)
            trainer.run(scheduled(recipe, partial(_shuffled, reviews.train), denoising.batches), nothing=_NOTHING)
            folder.publish()
            folder.finish()

    def _learn_to_answer(self, folder: TrainingFolder, writer: TrainingFolder) -> None:
        recipe, encoder = self._plan.recipe, self._learning_encoder()
        model, tokenizer = self._writer(writer)
        train, validation = self._questions(folder)
        vectors = PassageVectors([*train, *validation], TrainedEncoder(encoder.model)) if encoder else None
        learned = EndToEnd(model, encoder.model) if encoder else model
        weights = weights_hash(model_folder(self._plan.encoder))
        validator = RagValidator(validation, recipe, device=self._device, vectors=vectors, passage_weights=weights)
        answering = Answering(train, tokenizer, recipe, vectors)
        learner = Learner(learned, RagLoss(learned, recipe), recipe)
        save = partial(_save, tokenizer=tokenizer, max_seq_length=encoder.max_seq_length if encoder else None)
        trainer = self._trainer("answering", learner, validator, recipe, folder, save=save)
        trainer.run(scheduled(recipe, answering.epoch, answering.batches), nothing=_NOTHING)
        self._publish(folder, writer, validator, len(train))

    def _questions(self, folder: TrainingFolder) -> tuple[list[RagQuestion], ...]:
        """Find passages for all questions to learn from, and for some of those to validate with."""
        recipe, mixture = self._plan.recipe, self._mixture
        encoder = Encoder(self._plan.encoder, device=self._device.to_torch_str())
        some = Random(recipe.seed).sample(mixture.validation, min(len(mixture.validation), recipe.validation_questions))
        parts = {_TRAIN: mixture.train, _VALIDATION: some}
        return tuple(rag_questions(folder.work / name, part, encoder, recipe) for name, part in parts.items())

    def _writer(self, writer: TrainingFolder) -> tuple[Any, Any]:
        """Load what has learned to write, or else begin with an encoder."""
        recipe = self._plan.recipe
        if self._reviews is None:
            return self._warm_start(recipe.seed, recipe.dropout)
        torch.manual_seed(recipe.seed)
        return load_generator(writer.out, freeze=self._plan.freeze, dropout=recipe.dropout, device=self._where)

    def _warm_start(self, seed: int, dropout: float) -> tuple[Any, Any]:
        torch.manual_seed(seed)
        labelled = (text for one in self._mixture.train for text in (one.question, one.context))
        texts = chain(self._reviews.train if self._reviews else (), labelled)
        plan = self._plan
        longest = max(plan.recipe.max_seq_length, plan.denoising.max_seq_length if self._reviews else 0)
        return warm_start(
            plan.base,
            texts,
            vocabulary=plan.vocabulary,
            decoder_layers=plan.decoder_layers,
            max_seq_length=longest,
            freeze=plan.freeze,
            dropout=dropout,
            device=self._where,
        )

    def _learning_encoder(self) -> Base | None:
        """Load the encoder of questions, if it is to learn along; it reads passages as long as those that are cut."""
        recipe = self._plan.recipe
        if not recipe.end_to_end:
            return None
        return load_base(self._plan.encoder, DenseRecipe(max_seq_length=recipe.max_seq_length), self._where)

    def _trainer(
        self,
        stage: str,
        learner: Learner[Any],
        validator: Validator,
        schedule: Schedule,
        folder: TrainingFolder,
        save: Callable[[Path, Any], None],
    ) -> Trainer:
        return Trainer(
            learner,
            validator,
            schedule,
            folder,
            save=save,
            row=GeneratorProgress,
            checkpoint_seconds=60 * self._checkpoint_minutes,
            on_progress=partial(self._on_progress, stage),
        )

    def _publish(self, folder: TrainingFolder, writer: TrainingFolder, validator: RagValidator, learned: int) -> None:
        account = account_of(
            folder,
            writer,
            self._plan,
            self._mixture,
            self._reviews,
            validator,
            learned=learned,
            device=self._device,
        )
        write_report(folder.report, account)
        write_card(folder.best, account)
        folder.publish()
        for name in (_TRAIN, _VALIDATION):
            (folder.work / name).unlink()
        folder.finish()


def _shuffled(reviews: Sequence[str], random: Random) -> list[str]:
    return random.sample(reviews, len(reviews))


def _save(folder: Path, model: Any, *, tokenizer: Any, max_seq_length: int | None) -> None:
    save_model(folder, generator_of(model), tokenizer)
    if max_seq_length:
        save_encoder(folder / QUERY_FOLDER, model.encoder, max_seq_length=max_seq_length)
