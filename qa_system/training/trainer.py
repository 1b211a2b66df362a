"""The loop: steps, validations, a log, and a state on disk that a killed training goes on from."""

# transformers.Trainer is not used: its checkpoints can be left half written by a kill, it counts the batches of an
# epoch in advance, so that no epoch can draw its own samples, it knows no token budget, and it needs accelerate.

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from qa_system.errors import SourceError
from qa_system.training.checkpoint import load_checkpoint, save_checkpoint
from qa_system.training.folder import TrainingFolder
from qa_system.training.learner import Learner
from qa_system.training.log import Pace, Progress, Stretch, TrainingLog
from qa_system.training.schedule import Schedule

OnProgress = Callable[[Progress], None]

_ROW_STEPS = 20


class Batch(Protocol):
    """What is learned from in one step."""

    @property
    def tokens(self) -> int:
        """How much it is, padding left out."""
        ...


class Verdict(Protocol):
    """How good a saved model is."""

    @property
    def quality(self) -> float:
        """What the best model is chosen by, at least 0."""
        ...

    @property
    def measures(self) -> Mapping[str, float]:
        """What the row of the log says of it, by column."""
        ...


class Validator(Protocol):
    """Says how good a saved model is."""

    def score(self, folder: Path) -> Verdict:
        """
        Measure a model.

        :param folder: The model; what it says of itself may be added to.
        :returns: How good it is.
        """
        ...


BatchT = TypeVar("BatchT", bound=Batch)


@dataclass(slots=True)
class Position:
    """
    Where a training stands; what a checkpoint holds besides the learner's state.

    :param step: Batches learned from.
    :param tokens: Tokens learned from, padding left out.
    :param epochs: Epochs done, with a fraction.
    :param best: The highest quality of the validations so far; -1 before the first.
    :param stale: Validations since the best.
    :param log_size: Bytes of the log.
    """

    step: int = 0
    tokens: int = 0
    epochs: float = 0.0
    best: float = -1.0
    stale: int = 0
    log_size: int = 0


class Trainer(Generic[BatchT]):
    """
    Trains a model and keeps the best it has seen, as its validator left it.

    :param learner: The model and its optimizer.
    :param validator: Says how good a saved model is.
    :param schedule: How to train.
    :param folder: Where checkpoint, log and best model lie.
    :param save: Saves a model, as it would be shipped, into a folder that does not exist yet or is replaced.
    :param row: What a row of the log is.
    :param checkpoint_seconds: How much time a kill may cost.
    :param on_progress: Called with each row of the log.
    """

    def __init__(
        self,
        learner: Learner[BatchT],
        validator: Validator,
        schedule: Schedule,
        folder: TrainingFolder,
        *,
        save: Callable[[Path, Any], None],
        row: type[Progress] = Progress,
        checkpoint_seconds: float,
        on_progress: OnProgress,
    ) -> None:
        self._learner = learner
        self._validator = validator
        self._schedule = schedule
        self._folder = folder
        self._save = save
        self._row = row
        self._checkpoint_seconds = checkpoint_seconds
        self._on_progress = on_progress
        self._position = Position()

    def run(self, batches: Iterable[tuple[float, BatchT]], *, nothing: str) -> None:
        """
        Train to the end, or until validation gets no better; from the checkpoint, where there is one.

        :param batches: All batches of the training, from its beginning, each with the epochs done after it.
        :param nothing: What to say where there is none.
        :raises SourceError: There is none.
        """
        self._restore() if self._folder.checkpoint.exists() else self._checkpoint()
        self._log = TrainingLog(self._folder.log, self._position.log_size, row=self._row)
        self._stretch, self._pace = Stretch(), Pace(self._position.epochs, self._schedule.epochs)
        for epochs, batch in islice(batches, self._position.step, None):
            if self._position.stale >= self._schedule.patience:
                break
            validates = self._part(epochs) > self._part(self._position.epochs)
            self._step(epochs, batch)
            if validates or self._position.step % _ROW_STEPS == 0:
                self._report(self._validate() if validates else None)
            if validates or time.monotonic() - self._saved > self._checkpoint_seconds:
                self._checkpoint()
        if not self._position.step:
            self._folder.abandon()
            raise SourceError(nothing)

    def _part(self, epochs: float) -> int:
        """Count the validations that are due by then."""
        return int(epochs * self._schedule.validations_per_epoch)

    def _step(self, epochs: float, batch: BatchT) -> None:
        began = time.monotonic()
        rate = self._schedule.learning_rate_at(self._position.epochs / self._schedule.epochs)
        loss = self._learner.learn(batch, rate)
        self._stretch.add(loss, batch.tokens, time.monotonic() - began)
        self._position.step += 1
        self._position.tokens += batch.tokens
        self._position.epochs = epochs

    def _validate(self) -> Verdict:
        """Save the model, as it would be shipped, and keep it if it is the best so far."""
        candidate = self._folder.work / f"candidate-{self._position.step}"
        self._save(candidate, self._learner.averaged)
        verdict = self._validator.score(candidate)
        if verdict.quality > self._position.best:
            self._position.best, self._position.stale = verdict.quality, 0
            shutil.rmtree(self._folder.best, ignore_errors=True)
            candidate.rename(self._folder.best)
        else:
            self._position.stale += 1
            shutil.rmtree(candidate)
        return verdict

    def _report(self, verdict: Verdict | None) -> None:
        progress = self._row(
            step=self._position.step,
            epoch=self._position.epochs,
            tokens=self._position.tokens,
            loss=self._stretch.loss,
            learning_rate=self._schedule.learning_rate_at(self._position.epochs / self._schedule.epochs),
            tokens_per_second=self._stretch.tokens_per_second,
            seconds_left=self._pace.seconds_left(self._position.epochs),
            **(verdict.measures if verdict else {}),
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
