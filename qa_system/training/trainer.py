"""The loop: steps, validations, a log, and a state on disk that a killed training goes on from."""

# transformers.Trainer is not used: its checkpoints can be left half written by a kill, it counts the batches of an
# epoch in advance, so that no epoch can draw its own samples, it knows no token budget, and it needs accelerate.

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from qa_system.errors import SourceError
from qa_system.training.base import save_reader
from qa_system.training.checkpoint import load_checkpoint, save_checkpoint
from qa_system.training.features import Batch
from qa_system.training.folder import TrainingFolder
from qa_system.training.learner import Learner
from qa_system.training.log import Pace, Progress, Stretch, TrainingLog
from qa_system.training.recipe import Recipe
from qa_system.training.validation import Scores, Validator

Schedule = Iterable[tuple[float, Batch]]
OnProgress = Callable[[Progress], None]

_ROW_STEPS = 20


@dataclass(slots=True)
class Position:
    """
    Where a training stands; what a checkpoint holds besides the learner's state.

    :param step: Batches learned from.
    :param tokens: Tokens learned from, padding left out.
    :param epochs: Epochs done, with a fraction.
    :param best_f1: The best of the validations so far; -1 before the first.
    :param stale: Validations since the best.
    :param log_size: Bytes of the log.
    """

    step: int = 0
    tokens: int = 0
    epochs: float = 0.0
    best_f1: float = -1.0
    stale: int = 0
    log_size: int = 0


class Trainer:
    """
    Trains a model and keeps the best it has seen, calibrated.

    :param learner: The model and its optimizer.
    :param tokenizer: The tokenizer of the model, saved along with it.
    :param validator: Says how good a saved model is.
    :param recipe: How to train.
    :param folder: Where checkpoint, log and best model lie.
    :param checkpoint_seconds: How much time a kill may cost.
    :param on_progress: Called with each row of the log.
    """

    def __init__(
        self,
        learner: Learner,
        tokenizer: Any,
        validator: Validator,
        recipe: Recipe,
        folder: TrainingFolder,
        *,
        checkpoint_seconds: float,
        on_progress: OnProgress,
    ) -> None:
        self._learner = learner
        self._tokenizer = tokenizer
        self._validator = validator
        self._recipe = recipe
        self._folder = folder
        self._checkpoint_seconds = checkpoint_seconds
        self._on_progress = on_progress
        self._position = Position()

    def run(self, schedule: Schedule) -> None:
        """
        Train to the end, or until validation gets no better; from the checkpoint, where there is one.

        :param schedule: All batches of the training, from its beginning, each with the epochs done after it.
        :raises SourceError: The schedule is empty.
        """
        self._restore() if self._folder.checkpoint.exists() else self._checkpoint()
        self._log = TrainingLog(self._folder.log, self._position.log_size)
        self._stretch, self._pace = Stretch(), Pace(self._position.epochs, self._recipe.epochs)
        for epochs, batch in islice(schedule, self._position.step, None):
            if self._position.stale >= self._recipe.patience:
                break
            validates = self._part(epochs) > self._part(self._position.epochs)
            self._step(epochs, batch)
            if validates or self._position.step % _ROW_STEPS == 0:
                self._report(self._validate() if validates else None)
            if validates or time.monotonic() - self._saved > self._checkpoint_seconds:
                self._checkpoint()
        if not self._position.step:
            self._folder.abandon()
            raise SourceError(
                f"there is nothing to learn from: no answer fits into a window of {self._recipe.max_seq_length} tokens."
                " Raise max_seq_length, or add a source with shorter answers."
            )

    def _part(self, epochs: float) -> int:
        """Count the validations that are due by then."""
        return int(epochs * self._recipe.validations_per_epoch)

    def _step(self, epochs: float, batch: Batch) -> None:
        began = time.monotonic()
        rate = self._recipe.learning_rate_at(self._position.epochs / self._recipe.epochs)
        loss = self._learner.learn(batch, rate)
        tokens = sum(map(len, batch.windows))
        self._stretch.add(loss, tokens, time.monotonic() - began)
        self._position.step += 1
        self._position.tokens += tokens
        self._position.epochs = epochs

    def _validate(self) -> Scores:
        """Save the model in half precision, as it would be shipped, and keep it if it is the best so far."""
        candidate = self._folder.work / f"candidate-{self._position.step}"
        save_reader(candidate, self._learner.averaged, self._tokenizer)
        scores = self._validator.score(candidate)
        if scores.f1 > self._position.best_f1:
            self._position.best_f1, self._position.stale = scores.f1, 0
            shutil.rmtree(self._folder.best, ignore_errors=True)
            candidate.rename(self._folder.best)
        else:
            self._position.stale += 1
            shutil.rmtree(candidate)
        return scores

    def _report(self, scores: Scores | None) -> None:
        progress = Progress(
            step=self._position.step,
            epoch=self._position.epochs,
            tokens=self._position.tokens,
            loss=self._stretch.loss,
            learning_rate=self._recipe.learning_rate_at(self._position.epochs / self._recipe.epochs),
            tokens_per_second=self._stretch.tokens_per_second,
            seconds_left=self._pace.seconds_left(self._position.epochs),
            exact=scores.exact if scores else None,
            f1=scores.f1 if scores else None,
        )
        self._position.log_size = self._log.write(progress)
        self._stretch = Stretch()
        self._on_progress(progress)

    def _checkpoint(self) -> None:
        state = {"position": asdict(self._position), "learner": self._learner.state_dict()}
        save_checkpoint(self._folder.checkpoint, state)
        self._saved = time.monotonic()

    def _restore(self) -> None:
        state = load_checkpoint(self._folder.checkpoint)
        self._position = Position(**state["position"])
        self._learner.load_state_dict(state["learner"])
        self._saved = time.monotonic()
