"""Training in stages: what each has learned, the next one starts from."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from haystack.utils import ComponentDevice

from qa_system.errors import SettingsError
from qa_system.training.card import write_card
from qa_system.training.curriculum import Curriculum, Stage
from qa_system.training.folder import TrainingFolder
from qa_system.training.log import Progress
from qa_system.training.mixture import Mixture
from qa_system.training.reader import Trained, train_reader

OnStageProgress = Callable[[Stage, Progress], None]


def _quietly(stage: Stage, progress: Progress) -> None:
    """Report to nobody."""


def train_in_stages(
    curriculum: Curriculum,
    out: Path,
    *,
    resume: bool = False,
    device: ComponentDevice | None = None,
    checkpoint_minutes: float = 10.0,
    on_progress: OnStageProgress = _quietly,
) -> Trained:
    """
    Train a reader in stages, each from the best model of the one before.

    The model of the last stage is the one in `out`; those of the others stay in `out/stages`, readers as well.

    :param curriculum: The stages. The data of all of them are read before the first begins.
    :param out: Folder for the model.
    :param resume: Go on where the training that was begun in `out`, if one was, stopped: stages that are done are left
        as they are.
    :param device: Where to train; by default a GPU if there is one.
    :param checkpoint_minutes: How much time a kill may cost.
    :param on_progress: Called with the stage, every few steps and with each validation.
    :returns: The model of the last stage, and how good it is.
    :raises SourceError: A source cannot be read, or those of a stage have no answers or leave nothing to validate with.
    :raises ModelError: The base or a teacher cannot be loaded or is of no use here, or `out` holds a model.
    :raises SettingsError: `out` holds an interrupted training and `resume` is not set, or that training was begun with
        other data, base or recipe, or another process is at it.
    """
    TrainingFolder(out).check(resume=resume)
    before = out / "stages"
    if before.exists() and not resume:
        raise SettingsError(
            f"{out} holds a training that was interrupted. Resume it (--resume, or resume=True), train into a new "
            "folder, or delete that one to start again."
        )
    mixtures = [Mixture.load(stage.sources) for stage in curriculum.stages]
    folders = [*(before / stage.name for stage in curriculum.stages[:-1]), out]
    base, accounts = curriculum.base, []
    for stage, mixture, folder in zip(curriculum.stages, mixtures, folders, strict=True):
        trained = train_reader(
            mixture,
            folder,
            base=base,
            teachers=stage.teachers,
            recipe=stage.recipe,
            resume=resume,
            device=device,
            checkpoint_minutes=checkpoint_minutes,
            on_progress=partial(on_progress, stage),
        )
        base = str(folder)
        accounts.append(replace(trained.account, name=stage.name))
    write_card(out, out.name, accounts)
    return trained
