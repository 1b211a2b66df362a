"""What happens beside the steps of a training: its log, its best model, its end, and what a kill may cost."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from qa_system.training.dense.checkpoints import DenseCheckpoint, mark_complete
from qa_system.training.dense.log import DenseProgress, best_of, validations
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import read_rows
from qa_system.training.log import Pace, TrainingLog

OnDenseProgress = Callable[[DenseProgress], None]

_SCORES = {"mrr": "mrr@10", "recall_1": "recall@1", "recall_5": "recall@5", "recall_20": "recall@20"}


class Recorder(TrainerCallback):
    """
    Writes a row for every few steps and every validation, keeps the best model, and says when enough is enough.

    :param folder: Of the training.
    :param recipe: How it goes.
    :param pairs: How many pairs there are to learn from.
    :param checkpoint_seconds: How much time a kill may cost.
    :param save_best: Saves a model into a folder.
    :param on_progress: Called with each row.
    :param since: What the training goes on from; None for its beginning.
    """

    def __init__(
        self,
        folder: TrainingFolder,
        recipe: DenseRecipe,
        pairs: int,
        *,
        checkpoint_seconds: float,
        save_best: Callable[[Path, Any], None],
        on_progress: OnDenseProgress,
        since: DenseCheckpoint | None,
    ) -> None:
        self._folder = folder
        self._recipe = recipe
        self._pairs = pairs
        self._checkpoint_seconds = checkpoint_seconds
        self._save_best = save_best
        self._on_progress = on_progress
        self._log = TrainingLog(folder.log, since.log_size if since else 0, row=DenseProgress)
        self._size = folder.log.stat().st_size
        self._rows = read_rows(folder.log, DenseProgress)
        self._saved_at = time.monotonic()
        self._seconds = 0.0

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **_: Any) -> None:
        """Start the clock."""
        self._pace = Pace(state.epoch or 0.0, args.num_train_epochs)

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **_: Any) -> None:
        """Leave validations and checkpoints out of the time that learning takes."""
        self._began = time.monotonic()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Validate at the very end too, log what is validated, and save when it is time."""
        now = time.monotonic()
        self._seconds += now - self._began
        control.should_evaluate = control.should_evaluate or state.global_step >= state.max_steps
        control.should_log = control.should_log or control.should_evaluate
        control.should_save = now - self._saved_at >= self._checkpoint_seconds
        return control

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **told: Any) -> None:
        """Write what was learned since the row before; where a validation follows, its scores stand in the row."""
        if "loss" not in told["logs"]:
            return
        self._row = self._learned(state, told["logs"])
        if not control.should_evaluate:
            self._write(self._row)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **told: Any
    ) -> TrainerControl:
        """Keep the model if it is the best, and stop if none was better for long."""
        scores = {name: told["metrics"][f"eval_cosine_{measure}"] for name, measure in _SCORES.items()}
        before = validations(self._rows)
        if not before or scores["mrr"] > (best_of(before).mrr or 0.0):
            self._save_best(self._folder.best, told["model"])
        row = {name: getattr(self._row, name) for name in DenseProgress.__slots__}
        self._write(DenseProgress(**row | scores))
        since_best = len(validations(self._rows)) - 1 - validations(self._rows).index(best_of(self._rows))
        control.should_training_stop = control.should_training_stop or since_best >= self._recipe.patience
        return control

    def on_save(self, args: TrainingArguments, state: TrainerState, control: Any, **_: Any) -> None:
        """Say that the checkpoint is whole."""
        mark_complete(self._folder.checkpoint / f"checkpoint-{state.global_step}", log_size=self._size)
        self._saved_at = time.monotonic()

    def _learned(self, state: TrainerState, logs: dict[str, float]) -> DenseProgress:
        epoch = state.epoch or 0.0
        pairs = round(epoch * self._pairs)
        done = pairs - (self._rows[-1].pairs if self._rows else 0)
        seconds, self._seconds = self._seconds, 0.0
        return DenseProgress(
            step=state.global_step,
            epoch=epoch,
            pairs=pairs,
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            pairs_per_second=done / seconds,
            seconds_left=self._pace.seconds_left(epoch),
        )

    def _write(self, row: DenseProgress) -> None:
        self._size = self._log.write(row)
        self._rows.append(row)
        self._on_progress(row)
