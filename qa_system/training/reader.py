"""
Training a reader: labelled questions and a base in, a folder that `Reader` loads out.

On a CPU, glibc's allocator gives memory back and asks for it again as the shapes of batches vary, which cost half of
the speed where it was measured. Start Python with `MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000`.
"""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from haystack.utils import ComponentDevice

from qa_system.dense.model_files import DEFAULT_MODEL
from qa_system.errors import ModelError, SettingsError
from qa_system.reading.runtime import TorchRuntime
from qa_system.reading.windows import WindowCutter
from qa_system.records import Rejection
from qa_system.training.base import load_base
from qa_system.training.features import Featurizer
from qa_system.training.learner import Learner
from qa_system.training.log import Progress
from qa_system.training.mixture import Example, Mixture, TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.trainer import OnProgress, Trainer
from qa_system.training.validation import Validator

logger = logging.getLogger(__name__)

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Trained:
    """
    What a training gave.

    :param folder: The model, for `Reader(model=folder)`.
    :param f1: Its F1 on the validation questions, in [0, 1].
    :param log: The log of the training, CSV.
    """

    folder: Path
    f1: float
    log: Path


def _quietly(progress: Progress) -> None:
    """Report to nobody."""


def train_reader(
    sources: Sequence[TrainingSource],
    out: Path,
    *,
    base: str = DEFAULT_MODEL,
    recipe: Recipe | None = None,
    resume: bool = False,
    device: ComponentDevice | None = None,
    checkpoint_minutes: float = 10.0,
    on_progress: OnProgress = _quietly,
) -> Trained:
    """
    Train a reader, calibrate it, and save it.

    A tenth of the reviews is never used (`held_out`); a twentieth chooses the best model. While it trains, the best
    one so far lies in `out/training/best`.

    :param sources: Labelled questions.
    :param out: Folder for the model.
    :param base: What to start from: `all-MiniLM-L6-v2` (bundled), a bundled reader, a folder, or a name on the hub.
    :param recipe: How to train; None for the defaults.
    :param resume: Go on with the training that was interrupted in `out`.
    :param device: Where to train; by default a GPU if there is one.
    :param checkpoint_minutes: How much time a kill may cost.
    :param on_progress: Called every few steps and with each validation.
    :returns: The model and how good it is.
    :raises SourceError: A source cannot be read, has no answers, or leaves nothing to validate with.
    :raises ModelError: The base cannot be loaded or trained, or `out` holds a model.
    :raises SettingsError: `out` holds an interrupted training and `resume` is not set, or the other way round, or that
        training was begun with other data, base or recipe.
    """
    import torch

    recipe = recipe or Recipe()
    work = out / "training"
    _check_folder(out, resume)
    mixture = Mixture.load(sources)
    _warn_of(mixture.rejections)
    torch.manual_seed(recipe.seed)
    where = ComponentDevice.resolve_device(device)
    model, tokenizer = load_base(base, dropout=recipe.dropout, device=where.to_torch())
    featurizer = Featurizer(_cutter(model, tokenizer, recipe), recipe.styles, batch_tokens=recipe.batch_tokens)
    work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(
        Learner(model, tokenizer.pad_token_id, recipe),
        tokenizer,
        Validator(_sample(mixture.validation, recipe), recipe, device=where),
        recipe,
        work,
        plan={"base": base, "recipe": asdict(recipe), "data": _digest(mixture)},
        checkpoint_seconds=60 * checkpoint_minutes,
        on_progress=on_progress,
    )
    f1 = trainer.run(featurizer.schedule(mixture, recipe), resume=resume)
    return Trained(_published(out, trainer), f1, work / "log.csv")


def _check_folder(out: Path, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise SettingsError(f"{out} is a file; the model needs a folder of its own.")
    interrupted = (out / "training" / "checkpoint.pt").exists()
    if not interrupted and (out / "config.json").exists():
        raise ModelError(f"{out} holds a model already. Train into a new folder, or delete that one first.")
    if interrupted and not resume:
        raise SettingsError(
            f"{out} holds a training that was interrupted. Resume it (resume=True), train into a new folder, or delete "
            f"{out / 'training'} to start again."
        )
    if resume and not interrupted:
        raise SettingsError(f"{out} holds no interrupted training to resume. Start it without resume.")


def _warn_of(rejections: Sequence[Rejection]) -> None:
    if rejections:
        listed = "\n".join(map(str, rejections[:_LISTED]))
        logger.warning("%d rows cannot be trained on and are skipped, such as\n%s", len(rejections), listed)


def _cutter(model: Any, tokenizer: Any, recipe: Recipe) -> WindowCutter:
    runtime = TorchRuntime(model, tokenizer)
    if recipe.max_seq_length > runtime.max_length:
        raise SettingsError(
            f"the base reads at most {runtime.max_length} tokens at once, and max_seq_length is "
            f"{recipe.max_seq_length}: set it to {runtime.max_length} or less."
        )
    return WindowCutter(runtime.tokenizer, max_seq_length=recipe.max_seq_length, stride=recipe.stride)


def _sample(examples: list[Example], recipe: Recipe) -> list[Example]:
    return Random(recipe.seed).sample(examples, min(len(examples), recipe.validation_questions))


def _digest(mixture: Mixture) -> str:
    """Tell whether a source changed under an interrupted training, whose steps would no longer be the same."""
    return blake2b(repr((mixture.train, mixture.validation)).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _published(out: Path, trainer: Trainer) -> Path:
    """Copy the best model out, and only then drop what the training could have gone on from."""
    shutil.copytree(trainer.best, out, dirs_exist_ok=True)
    trainer.checkpoint.unlink()
    shutil.rmtree(trainer.best)
    return out
