"""A new reader in the place of an old one, if it answers held-out questions better by more than chance."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from haystack.utils import ComponentDevice

from qa_system.errors import ModelError, QAError, SettingsError, SourceError
from qa_system.eval.compare import Compared, compare
from qa_system.eval.score import score
from qa_system.training.mixture import Example
from qa_system.training.scoring import as_questions, asked, short_names

MEASURE = "F1"


@dataclass(frozen=True, slots=True)
class Replacement:
    """
    What comparing two readers led to.

    :param old: The place of the old reader.
    :param new: Where the new one was trained, and still is.
    :param compared: The old one first, the new one second.
    :param scores: F1 of the old one and of the new one, in [0, 1].
    :param backup: Where the old one is now; None if it is where it was.
    """

    old: Path
    new: Path
    compared: Compared
    scores: tuple[float, float]
    backup: Path | None

    def __str__(self) -> str:
        difference, (old, new) = self.compared.difference, self.scores
        found = (
            f"F1 on {difference.count:,} held-out questions: {self.old} {old:.3f}, {self.new} {new:.3f}; difference "
            f"{difference.value:+.3f}, 95% interval {difference.low:+.3f} to {difference.high:+.3f}, p = "
            f"{self.compared.p:.3f}."
        )
        if self.backup:
            return f"{found} Better by more than chance: {self.old} is the new reader now, the old one is {self.backup}"
        return f"{found} Not better by more than chance: {self.old} stays, the new reader is {self.new}"


def check_replaceable(old: Path, new: Path, held_out: Sequence[Example]) -> None:
    """
    Make sure before a training that its model can be compared with another afterwards, and take its place.

    :param old: Folder of the reader to be replaced.
    :param new: Folder that the new one is trained in.
    :param held_out: What they will be asked.
    :raises ModelError: `old` holds no model.
    :raises SettingsError: Both are the same folder.
    :raises SourceError: There is nothing to ask.
    """
    if not (old / "config.json").is_file():
        raise ModelError(f"There is no reader at {old} to be replaced. Give the folder of one.")
    if old.resolve() == new.resolve():
        raise SettingsError(f"{new} is the reader to be replaced. Train into another folder.")
    if not held_out:
        raise SourceError(
            "The data hold no question out that the readers could be compared on. Held out are those of a test split, "
            "and those about one review in ten, by its hash: add more labels or another source."
        )


def replace_if_better(
    new: Path, old: Path, held_out: Sequence[Example], *, device: ComponentDevice | None = None
) -> Replacement:
    """
    Ask two readers the same questions, and put the new one in the place of the old one if it is better.

    Each reads in its own windows, as it does for its users. They are compared as `qa eval compare` does, by F1; the
    runs are kept in `training/comparison` of the new one. Both renamings are atomic, and nothing is deleted: a process
    that is killed between them leaves the backup.

    :param new: Folder of the new reader.
    :param old: Folder of the old one.
    :param held_out: Questions that neither was trained on.
    :param device: Where they run; by default a GPU if there is one.
    :returns: What was found and done.
    :raises ModelError: A reader cannot be loaded.
    :raises QAError: A run or the new reader cannot be written.
    """
    questions = as_questions(held_out, short_names({example.source for example in held_out}))
    where = ComponentDevice.resolve_device(device)
    scored = [
        score(asked(path, model, questions, None, name=str(model), device=where))
        for path, model in ((_run(new, "old"), old), (_run(new, "new"), new))
    ]
    compared = compare(scored, measures=[MEASURE]).rows[0]
    before, after = (each.measures[MEASURE].value for each in scored)
    backup = _take_place(new, old) if compared.verdict == "better" else None
    return Replacement(old, new, compared, (before, after), backup)


def _run(new: Path, role: str) -> Path:
    return new / "training" / "comparison" / f"{role}.jsonl"


def _take_place(new: Path, old: Path) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    backup, incoming = (old.with_name(f"{old.name}.{ending}-{moment}") for ending in ("before", "new"))
    try:
        shutil.copytree(new, incoming, ignore=shutil.ignore_patterns("training"))
        old.rename(backup)
        incoming.rename(old)
    except OSError as error:
        raise QAError(
            f"{old} could not be replaced by {new}, which is better: {error}. Move it there by hand; the old one "
            f"is still there or in {backup}."
        ) from error
    return backup
