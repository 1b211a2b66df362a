"""
Training a reader: labelled questions and a base in, a folder that `Reader` loads out.

On a CPU, glibc's allocator gives memory back and asks for it again as the shapes of batches vary, which cost half of
the speed where it was measured. Start Python with `MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from haystack.utils import ComponentDevice

from qa_system.dense.model_files import UNTUNED_MODEL
from qa_system.reading.checkpoint import Checkpoint, open_checkpoint
from qa_system.reading.inference import Runtime, TorchRuntime
from qa_system.reading.windows import WindowCutter
from qa_system.training.account import Account, account_of
from qa_system.training.base import base_fingerprint, check_window, load_base, save_model
from qa_system.training.card import write_card
from qa_system.training.distillation import Teachers
from qa_system.training.features import Featurizer
from qa_system.training.folder import TrainingFolder
from qa_system.training.learner import Learner
from qa_system.training.log import Progress
from qa_system.training.mixture import Example, Mixture, TrainingSource
from qa_system.training.notices import long_questions_said_once, warn_of_rejections
from qa_system.training.recipe import Recipe
from qa_system.training.report import write_report
from qa_system.training.sampling import Sampler
from qa_system.training.span_loss import SpanLoss
from qa_system.training.trainer import OnProgress, Trainer
from qa_system.training.validation import Validator


@dataclass(frozen=True, slots=True)
class Trained:
    """
    What a training gave.

    :param folder: The model, for `Reader(model=folder)`.
    :param f1: Its F1 on the validation questions, in [0, 1].
    :param log: The log of the training, CSV.
    :param report: The report of the training, Markdown, with `curves.svg` beside it.
    :param account: What the report tells.
    """

    folder: Path
    f1: float
    log: Path
    report: Path
    account: Account = field(repr=False)


def _quietly(progress: Progress) -> None:
    """Report to nobody."""


def train_reader(
    data: Sequence[TrainingSource] | Mixture,
    out: Path,
    *,
    base: str = UNTUNED_MODEL,
    teachers: Sequence[str] = (),
    recipe: Recipe | None = None,
    resume: bool = False,
    device: ComponentDevice | None = None,
    checkpoint_minutes: float = 10.0,
    on_progress: OnProgress = _quietly,
) -> Trained:
    """
    Train a reader, calibrate it, and save it.

    A tenth of the reviews is never used (`held_out`); a twentieth chooses the best model. While it trains, the best
    one so far lies in `out/training/best`; when it is done, a report lies in `out/training` and a model card in `out`.

    :param data: Labelled questions: where they are, or as they were read.
    :param out: Folder for the model.
    :param base: What to start from: `all-MiniLM-L6-v2` (bundled), a bundled reader, a folder, or a name on the hub.
    :param teachers: Readers, by name or folder, to agree with besides the labels; with several, with their mean.
    :param recipe: How to train; None for the defaults.
    :param resume: Go on with the training that was begun in `out`, if one was. One that is done is left as it is.
    :param device: Where to train; by default a GPU if there is one.
    :param checkpoint_minutes: How much time a kill may cost.
    :param on_progress: Called every few steps and with each validation.
    :returns: The model and how good it is.
    :raises SourceError: A source cannot be read, has no answers, or leaves nothing to validate with.
    :raises ModelError: The base or a teacher cannot be loaded or is of no use here, or `out` holds a model.
    :raises SettingsError: `out` holds an interrupted training and `resume` is not set, or that training was begun with
        other data, base or recipe, or another process is at it.
    """
    recipe, folder, where = recipe or Recipe(), TrainingFolder(out), ComponentDevice.resolve_device(device)
    folder.check(resume=resume)
    mixture = data if isinstance(data, Mixture) else Mixture.load(data)
    checkpoints = [open_checkpoint(name, None) for name in teachers]
    validated = _sample(mixture.validation, recipe)
    plan = _plan(base, checkpoints, mixture, recipe)
    folder.agree(plan)
    tell = partial(account_of, folder, mixture, validated, recipe, base=base, teachers=teachers, device=where)
    if folder.is_finished:
        return _trained(folder, tell())
    warn_of_rejections(mixture.rejections)
    learner, tokenizer, cutter = _loaded(base, checkpoints, recipe, where)
    validator = Validator(validated, recipe, device=where)
    trainer = Trainer(
        learner,
        validator,
        recipe,
        folder,
        save=partial(save_model, tokenizer=tokenizer),
        checkpoint_seconds=60 * checkpoint_minutes,
        on_progress=on_progress,
    )
    featurizer = Featurizer(cutter, recipe.styles, batch_tokens=recipe.batch_tokens)
    with folder.held(), long_questions_said_once(mixture, cutter, recipe):
        folder.begin(plan)
        trainer.run(featurizer.schedule(Sampler(mixture.train, recipe), recipe), nothing=_nothing_fits(recipe))
        account = tell()
        write_report(folder.report, account)
        write_card(folder.best, out.name, [account])
        folder.publish()
        folder.finish()
    return _trained(folder, account)


def digest(mixture: Mixture) -> str:
    """
    Tell whether a source changed under an interrupted training, whose steps would no longer be the same.

    :param mixture: The examples.
    :returns: A hash of those that are trained on and validated with, in hexadecimal.
    """
    facts = [
        [(one.question, one.context, one.answers, one.style, one.item_id, one.weight) for one in part]
        for part in (mixture.train, mixture.validation)
    ]
    return blake2b(repr(facts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _trained(folder: TrainingFolder, account: Account) -> Trained:
    return Trained(folder.out, account.history.best.f1 or 0.0, folder.log, folder.report, account)


def _plan(base: str, teachers: Sequence[Checkpoint], mixture: Mixture, recipe: Recipe) -> dict[str, Any]:
    models = {"base": base_fingerprint(base), "teachers": [teacher.fingerprint() for teacher in teachers]}
    return {**models, "data": digest(mixture), **asdict(recipe)}


def _loaded(
    base: str, teachers: Sequence[Checkpoint], recipe: Recipe, device: ComponentDevice
) -> tuple[Learner, Any, WindowCutter]:
    import torch

    torch.manual_seed(recipe.seed)
    model, tokenizer = load_base(base, dropout=recipe.dropout, device=device.to_torch())
    runtime = TorchRuntime(model, tokenizer)
    cutter = _cutter(runtime, recipe)
    taught_by = Teachers.load(teachers, tokenizer, recipe, device) if teachers else None
    loss = SpanLoss(model, runtime, taught_by, teacher_weight=recipe.teacher_weight)
    return Learner(model, loss, recipe, layer_decay=recipe.layer_decay), tokenizer, cutter


def _nothing_fits(recipe: Recipe) -> str:
    return (
        f"there is nothing to learn from: no answer fits into a window of {recipe.max_seq_length} tokens. Raise "
        "max_seq_length, or add a source with shorter answers."
    )


def _cutter(runtime: Runtime, recipe: Recipe) -> WindowCutter:
    check_window("the base", runtime.max_length, recipe.max_seq_length)
    return WindowCutter(runtime.tokenizer, max_seq_length=recipe.max_seq_length, stride=recipe.stride)


def _sample(examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """Draw from each style, as each is calibrated on its own."""
    random, drawn = Random(recipe.seed), []
    for style in sorted({example.style for example in examples}):
        of_style = [example for example in examples if example.style == style]
        drawn += random.sample(of_style, min(len(of_style), recipe.validation_questions))
    return drawn
