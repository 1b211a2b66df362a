"""The folder of a model, with what a training of it can go on from and what tells how it went."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from qa_system.dense.durable import replace_file
from qa_system.errors import ModelError, SettingsError

_CONFIGS = ("config.json", "query/config.json")
"""A folder with one of these holds a model, or a pair of them."""


class TrainingFolder:
    """
    Where a model is trained: the model in the folder itself when it is done, all else in `training/`.

    `plan.json` says what the training is about, `log.csv` how it goes, `report.md` how it went. Until it is done there
    are `checkpoint.pt`, to go on from, and `best`, the best model so far.

    :param out: The folder.
    :param checkpoint: What is there to go on from, a file or a folder.
    """

    def __init__(self, out: Path, *, checkpoint: str = "checkpoint.pt") -> None:
        self.out = out
        self.work = out / "training"
        self.checkpoint = self.work / checkpoint
        self.best = self.work / "best"
        self.log = self.work / "log.csv"
        self.report = self.work / "report.md"
        self._plan = self.work / "plan.json"
        self._lock = self.work / "lock"

    @property
    def is_begun(self) -> bool:
        """Whether a training was begun here; it may be done."""
        return self._plan.exists() or self.checkpoint.exists()

    @property
    def is_finished(self) -> bool:
        """Whether a training was begun here and is done."""
        return self.is_begun and self._holds_model and not self.checkpoint.exists()

    def check(self, *, resume: bool) -> None:
        """
        Make sure that a training here overwrites nothing.

        :param resume: Whether it is to go on with what was begun.
        :raises ModelError: There is a model that was not trained here, or that is done while nothing is to be resumed.
        :raises SettingsError: There is an interrupted training, but nothing is to be resumed; or a file.
        """
        if self.out.exists() and not self.out.is_dir():
            raise SettingsError(f"{self.out} is a file; the model needs a folder of its own.")
        if self._holds_model and not (self.checkpoint.exists() or (self.is_begun and resume)):
            raise ModelError(f"{self.out} holds a model already. Train into a new folder, or delete that one first.")
        if self.is_begun and not resume:
            raise SettingsError(
                f"{self.out} holds a training that was interrupted. Resume it (--resume, or resume=True), train into a "
                f"new folder, or delete {self.work} to start again."
            )

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Keep other processes from training here.

        :raises SettingsError: One does already.
        """
        self.work.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise SettingsError(
                f"Another process is training in {self.out}. Wait until it is done, or stop it."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def agree(self, plan: Mapping[str, Any]) -> None:
        """
        Make sure that what was begun here, if anything was, is the same training.

        :param plan: By name, what decides its steps, as JSON has it.
        :raises SettingsError: It is another.
        """
        begun = json.loads(self._plan.read_text(encoding="utf-8")) if self._plan.exists() else {}
        if self.is_begun and (changed := [name for name, value in plan.items() if begun.get(name) != value]):
            raise SettingsError(
                f"the training in {self.out} was begun with another {', '.join(changed)}. Resume it with the same "
                "data, base and recipe, or train into a new folder."
            )

    def begin(self, plan: Mapping[str, Any]) -> None:
        """
        Write down what the training is about.

        :param plan: As of `agree`.
        """
        replace_file(self._plan, json.dumps(plan, indent=1))

    def publish(self) -> None:
        """Copy the best model out."""
        shutil.copytree(self.best, self.out, dirs_exist_ok=True)

    def finish(self) -> None:
        """Drop what the training could have gone on from, and the lock."""
        _remove(self.checkpoint)
        shutil.rmtree(self.best)
        self._lock.unlink()

    def abandon(self) -> None:
        """Leave nothing of a training that cannot go on."""
        shutil.rmtree(self.work)

    @property
    def _holds_model(self) -> bool:
        return any((self.out / config).exists() for config in _CONFIGS)


def _remove(checkpoint: Path) -> None:
    """Let a folder disappear at once, as a file does: half of one would be taken for something to go on from."""
    if checkpoint.is_file():
        checkpoint.unlink()
        return
    removed = checkpoint.with_name(f"{checkpoint.name}.removed")
    checkpoint.rename(removed)
    shutil.rmtree(removed)
