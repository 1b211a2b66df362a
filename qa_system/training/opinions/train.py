"""Training an opinions model: rated reviews, labelled questions and an encoder in, what `OpinionModel` loads out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from haystack.utils import ComponentDevice

from qa_system.dense.model_files import model_folder, weights_hash
from qa_system.opinions.labels import OPINIONS
from qa_system.reading.inference import TorchRuntime
from qa_system.reading.windows import WindowCutter
from qa_system.training.base import check_window, save_model
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import read_rows
from qa_system.training.learner import Learner
from qa_system.training.notices import warn_of_rejections
from qa_system.training.opinions.account import account_of
from qa_system.training.opinions.base import cut_down
from qa_system.training.opinions.card import write_card
from qa_system.training.opinions.features import OpinionBatch, OpinionFeaturizer
from qa_system.training.opinions.log import OpinionProgress, best_of
from qa_system.training.opinions.loss import OpinionLoss
from qa_system.training.opinions.material import Material, OpinionSet
from qa_system.training.opinions.plan import OpinionPlan
from qa_system.training.opinions.report import write_report
from qa_system.training.opinions.sampling import Sampler
from qa_system.training.opinions.validation import OpinionValidator
from qa_system.training.schedule import scheduled
from qa_system.training.trainer import Trainer

_NOTHING = "there is nothing to learn from: the recipe takes no sample of any kind, or none of them has words."


@dataclass(frozen=True, slots=True)
class TrainedOpinions:
    """
    What a training gave.

    :param folder: The model, for `OpinionModel(folder)`.
    :param polarity: Macro-F1 of its polarities on validation samples, in [0, 1].
    :param aspects: F1 of its aspects on validation texts, in [0, 1].
    :param log: The log of the training, CSV.
    :param report: The report of the training, Markdown, with `curves.svg` beside it.
    """

    folder: Path
    polarity: float
    aspects: float
    log: Path
    report: Path


def _to_nobody(_: Any) -> None:
    """Report to nobody."""


def train_opinions(
    plan: OpinionPlan,
    out: Path,
    *,
    resume: bool = False,
    device: ComponentDevice | None = None,
    checkpoint_minutes: float = 10.0,
    on_progress: Callable[[OpinionProgress], None] = _to_nobody,
) -> TrainedOpinions:
    """
    Train an opinions model, calibrate it, and save it.

    A tenth of the texts is never used (`held_out`); a twentieth chooses the best model. While it trains, the best one
    so far lies in `out/training/best`; when it is done, a report lies in `out/training` and a model card in `out`.

    :param plan: Data, base and recipe.
    :param out: Folder for the model.
    :param resume: Go on with the training that was begun in `out`, if one was. One that is done is left as it is.
    :param device: Where to train; by default a GPU if there is one.
    :param checkpoint_minutes: How much time a kill may cost.
    :param on_progress: Called every few steps and with each validation.
    :returns: The model and how good it is.
    :raises SourceError: A source cannot be read, or leaves nothing to learn from or to validate with.
    :raises ModelError: The base cannot be loaded, or `out` holds a model.
    :raises SettingsError: `out` holds an interrupted training and `resume` is not set, or that training was begun with
        other data, base or recipe, or another process is at it.
    """
    folder, where = TrainingFolder(out), ComponentDevice.resolve_device(device)
    folder.check(resume=resume)
    base = weights_hash(model_folder(plan.base))
    material = OpinionSet.load(plan.reviews, plan.sources, seed=plan.recipe.seed)
    facts = {"layers": plan.layers, "vocabulary": plan.vocabulary, "data": material.digest, "base": base}
    begun = {**facts, **asdict(plan.recipe)}
    folder.agree(begun)
    if not folder.is_finished:
        warn_of_rejections(material.rejections)
        with folder.held():
            folder.begin(begun)
            validator = OpinionValidator(material.parts["validation"], plan.recipe, device=where)
            _train(plan, material.parts["train"], validator, folder, where, checkpoint_minutes, on_progress)
            account = account_of(folder, plan, material, validator, device=where)
            write_report(folder.report, account)
            write_card(folder.best, account)
            folder.publish()
            folder.finish()
    best = best_of(read_rows(folder.log, OpinionProgress))
    return TrainedOpinions(out, best.polarity or 0.0, best.aspects or 0.0, folder.log, folder.report)


def _train(
    plan: OpinionPlan,
    material: Material,
    validator: OpinionValidator,
    folder: TrainingFolder,
    device: ComponentDevice,
    checkpoint_minutes: float,
    on_progress: Callable[[OpinionProgress], None],
) -> None:
    recipe = plan.recipe
    learner, tokenizer, cutter = _loaded(plan, material, device)
    trainer = Trainer(
        learner,
        validator,
        recipe,
        folder,
        save=partial(save_model, tokenizer=tokenizer),
        row=OpinionProgress,
        checkpoint_seconds=60 * checkpoint_minutes,
        on_progress=on_progress,  # type: ignore[arg-type]
    )
    featurizer = OpinionFeaturizer(cutter, batch_tokens=recipe.batch_tokens)
    trainer.run(scheduled(recipe, Sampler(material, recipe).epoch, featurizer.batches), nothing=_NOTHING)


def _loaded(
    plan: OpinionPlan, material: Material, device: ComponentDevice
) -> tuple[Learner[OpinionBatch], Any, WindowCutter]:
    import torch

    recipe = plan.recipe
    torch.manual_seed(recipe.seed)
    model, tokenizer = cut_down(
        plan.base,
        material.texts(),
        layers=plan.layers,
        vocabulary=plan.vocabulary,
        dropout=recipe.dropout,
        device=device.to_torch(),
    )
    runtime = TorchRuntime(model, tokenizer, OPINIONS)
    check_window("the model", runtime.max_length, recipe.max_seq_length)
    cutter = WindowCutter(runtime.tokenizer, max_seq_length=recipe.max_seq_length, stride=0)
    loss = OpinionLoss(model, runtime, aspect_weight=recipe.aspect_weight)
    return Learner(model, loss, recipe), tokenizer, cutter
