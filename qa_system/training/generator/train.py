"""Training a generator: reviews, labelled questions and an encoder in, a folder that `RAGGenerator` loads out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack.utils import ComponentDevice

from qa_system.dense.model_files import model_folder, weights_hash
from qa_system.errors import SourceError
from qa_system.training.base import base_fingerprint
from qa_system.training.dense.passages import with_real_items
from qa_system.training.folder import TrainingFolder
from qa_system.training.generator.log import GeneratorProgress, best_of
from qa_system.training.generator.plan import GeneratorPlan
from qa_system.training.generator.unlabelled import Unlabelled
from qa_system.training.history import read_rows
from qa_system.training.mixture import Mixture
from qa_system.training.notices import warn_of_rejections
from qa_system.training.reader import digest

if TYPE_CHECKING:
    from qa_system.training.generator.stages import Stages

OnStageProgress = Callable[[str, GeneratorProgress], None]


@dataclass(frozen=True, slots=True)
class TrainedGenerator:
    """
    What a training gave.

    :param folder: The model, for `RAGGenerator(folder)`; with an encoder of questions that learned along in `query`.
    :param f1: Its F1 on the validation questions, in [0, 1].
    :param log: The log of the training, CSV.
    :param report: The report of the training, Markdown, with `curves.svg` beside it.
    """

    folder: Path
    f1: float
    log: Path
    report: Path


def _to_nobody(*_: Any) -> None:
    """Report to nobody."""


def train_generator(
    plan: GeneratorPlan,
    out: Path,
    *,
    resume: bool = False,
    device: ComponentDevice | None = None,
    checkpoint_minutes: float = 10.0,
    on_progress: OnStageProgress = _to_nobody,
) -> TrainedGenerator:
    """
    Train a generator and save it.

    A tenth of the reviews is never used (`held_out`), labelled or not; a twentieth chooses the best model. The model
    that has learned to write stays in `out/stages/denoising`. While the next one learns to answer, the best one so far
    lies in `out/training/best`; when it is done, a report lies in `out/training` and a model card in `out`.

    :param plan: Data, base and recipes.
    :param out: Folder for the model.
    :param resume: Go on with the training that was begun in `out`, if one was. One that is done is left as it is.
    :param device: Where to train; by default a GPU if there is one.
    :param checkpoint_minutes: How much time a kill may cost. Finding passages is begun anew, once they are found they
        are kept.
    :param on_progress: Called with the stage, `denoising` or `answering`, every few steps and with each validation.
    :returns: The model and how good it is.
    :raises SourceError: A source cannot be read, has no answers, or leaves nothing to validate with.
    :raises ModelError: The base or the reader cannot be loaded, or `out` holds a model.
    :raises SettingsError: `out` holds an interrupted training and `resume` is not set, or that training was begun with
        other data, base or recipe, or another process is at it.
    """
    folder, where = TrainingFolder(out), ComponentDevice.resolve_device(device)
    folder.check(resume=resume)
    mixture = _loaded(plan)
    reviews = _reviews(plan, mixture)
    begun = _facts(plan, mixture, reviews)
    folder.agree(begun)
    if not folder.is_finished:
        warn_of_rejections(mixture.rejections)
        with folder.held():
            folder.begin(begun)
            _stages(plan, mixture, reviews, where, checkpoint_minutes, on_progress).run(folder)
    best = best_of(read_rows(folder.log, GeneratorProgress))
    return TrainedGenerator(out, best.f1 or 0.0, folder.log, folder.report)


def _stages(*arguments: Any) -> "Stages":
    from qa_system.training.generator.stages import Stages  # loads torch

    return Stages(*arguments)


def _loaded(plan: GeneratorPlan) -> Mixture:
    mixture = Mixture.load(plan.sources)
    several = with_real_items([*mixture.train, *mixture.validation])
    mixture.train, mixture.validation = several[: len(mixture.train)], several[len(mixture.train) :]
    if not any(one.gold for one in mixture.validation):
        raise SourceError(
            f"none of the {len(mixture.validation)} validation questions has an answer, so that none could be right. "
            "Add more reviews or another source."
        )
    return mixture


def _reviews(plan: GeneratorPlan, mixture: Mixture) -> Unlabelled | None:
    if not plan.reviews:
        return None
    measured = (one.context for one in mixture.held_out)
    most = plan.denoising.validation_reviews
    return Unlabelled.load(plan.reviews, measured=measured, seed=plan.denoising.seed, most=most)


def _facts(plan: GeneratorPlan, mixture: Mixture, reviews: Unlabelled | None) -> dict[str, Any]:
    """Say what decides the steps of the training."""
    models = {"base": base_fingerprint(plan.base), "encoder": weights_hash(model_folder(plan.encoder))}
    sizes = {"vocabulary": plan.vocabulary, "decoder_layers": plan.decoder_layers, "freeze": plan.freeze}
    told = {**models, **sizes, "data": digest(mixture)}
    writing = {"reviews": reviews.digest, "denoising": asdict(plan.denoising)} if reviews else {}
    return {**told, **writing, **asdict(plan.recipe)}
