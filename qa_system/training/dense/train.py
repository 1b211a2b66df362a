"""Training an encoder: labelled questions and a base in, a folder that `Encoder` loads out."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack.utils import ComponentDevice

from qa_system.dense.model_files import model_folder, weights_hash
from qa_system.errors import SourceError
from qa_system.reading.checkpoint import open_checkpoint
from qa_system.training.dense.account import DenseAccount, account_of
from qa_system.training.dense.base import check_packages, load_base
from qa_system.training.dense.card import write_card
from qa_system.training.dense.log import DenseProgress, best_of
from qa_system.training.dense.mining import OnMining
from qa_system.training.dense.passages import with_real_items
from qa_system.training.dense.plan import DensePlan
from qa_system.training.dense.report import write_report
from qa_system.training.dense.trainer import learn
from qa_system.training.dense.training_set import training_set
from qa_system.training.dense.validation import Validation
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import read_rows
from qa_system.training.mixture import Mixture
from qa_system.training.notices import warn_of_rejections
from qa_system.training.reader import digest

if TYPE_CHECKING:  # loads transformers' trainer
    from qa_system.training.dense.recorder import OnDenseProgress


@dataclass(frozen=True, slots=True)
class TrainedEncoder:
    """
    What a training gave.

    :param folder: The model, for `Encoder(folder)`; of a pair, `Encoder(folder / "query", folder / "passage")`.
    :param mrr: Its MRR@10 on the validation questions, in [0, 1].
    :param log: The log of the training, CSV.
    :param report: The report of the training, Markdown, with `curves.svg` beside it.
    :param is_pair: Whether it is a pair.
    """

    folder: Path
    mrr: float
    log: Path
    report: Path
    is_pair: bool


def _to_nobody(*_: Any) -> None:
    """Report to nobody."""


def train_encoder(
    plan: DensePlan,
    out: Path,
    *,
    resume: bool = False,
    device: ComponentDevice | None = None,
    checkpoint_minutes: float = 10.0,
    on_progress: "OnDenseProgress" = _to_nobody,
    on_mining: OnMining = _to_nobody,
) -> TrainedEncoder:
    """
    Train an encoder and save it.

    A tenth of the reviews is never used (`held_out`); a twentieth chooses the best model. While it trains, the best
    one so far lies in `out/training/best`; when it is done, a report lies in `out/training` and a model card in `out`.

    :param plan: Data, base, reader and recipe.
    :param out: Folder for the model.
    :param resume: Go on with the training that was begun in `out`, if one was. One that is done is left as it is.
    :param device: Where to train; by default a GPU if there is one.
    :param checkpoint_minutes: How much time a kill may cost. Looking for negatives is begun anew, once they are found
        they are kept.
    :param on_progress: Called every few steps and with each validation.
    :param on_mining: Called while negatives are looked for.
    :returns: The model and how good it is.
    :raises SourceError: A source cannot be read, has no answers, or leaves nothing to validate with.
    :raises ModelError: The base or the reader cannot be loaded, or `out` holds a model.
    :raises SettingsError: `out` holds an interrupted training and `resume` is not set, or that training was begun with
        other data, base or recipe, or another process is at it; or a package is missing.
    """
    check_packages()
    folder, where = TrainingFolder(out, checkpoint="checkpoints"), ComponentDevice.resolve_device(device)
    folder.check(resume=resume)
    mixture = _loaded(plan)
    begun = _facts(plan, mixture)
    folder.agree(begun)
    if folder.is_finished:
        return _trained(folder, plan)
    warn_of_rejections(mixture.rejections)
    validation = Validation.of(mixture.validation, plan.recipe)
    base = load_base(plan.base, plan.recipe, where.to_torch())
    with folder.held():
        folder.begin(begun)
        folder.checkpoint.mkdir(exist_ok=True)
        mined = training_set(folder.work / "mined.json", plan, mixture.train, base.model, on_mining)
        learn(
            base,
            mined.rows,
            validation,
            plan.recipe,
            folder,
            checkpoint_seconds=60 * checkpoint_minutes,
            on_progress=on_progress,
        )
        _publish(folder, account_of(folder, plan, mixture, mined, validation, device=where.to_torch()))
    return _trained(folder, plan)


def _loaded(plan: DensePlan) -> Mixture:
    mixture = Mixture.load(plan.sources)
    several = with_real_items([*mixture.train, *mixture.validation])
    mixture.train, mixture.validation = several[: len(mixture.train)], several[len(mixture.train) :]
    if not any(one.gold for one in mixture.validation):
        raise SourceError(
            f"none of the {len(mixture.validation)} validation questions has an answer, so that nothing can be looked "
            "for. Add more reviews or another source."
        )
    return mixture


def _facts(plan: DensePlan, mixture: Mixture) -> dict[str, Any]:
    """Say what decides the steps of the training."""
    reader = open_checkpoint(plan.reader, None).fingerprint() if plan.reader else None
    models = {"base": weights_hash(model_folder(plan.base)), "reader": reader}
    return {**models, "data": digest(mixture), **asdict(plan.recipe)}


def _publish(folder: TrainingFolder, account: DenseAccount) -> None:
    write_report(folder.report, account)
    write_card(folder.best, account)
    folder.publish()
    folder.finish()


def _trained(folder: TrainingFolder, plan: DensePlan) -> TrainedEncoder:
    best = best_of(read_rows(folder.log, DenseProgress))
    return TrainedEncoder(folder.out, best.mrr or 0.0, folder.log, folder.report, plan.recipe.pair)
