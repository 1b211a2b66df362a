"""Everything there is to tell of a training of an opinions model that is done."""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import nan
from pathlib import Path

import numpy as np
from haystack.utils import ComponentDevice

from qa_system.eval.scorecard import Estimate
from qa_system.eval.uncertainty import interval
from qa_system.inference.model_files import weight_files
from qa_system.opinions.model import OpinionModel
from qa_system.training.account import named, reasons
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import read_rows
from qa_system.training.opinions.log import OpinionProgress, best_of
from qa_system.training.opinions.material import OpinionSet
from qa_system.training.opinions.plan import OpinionPlan
from qa_system.training.opinions.sampling import Sample
from qa_system.training.opinions.scoring import macro_f1
from qa_system.training.opinions.validation import OpinionValidator

MEASURES = ("Accuracy", "Macro-F1", "Commonest")
_PACKAGES = ("qa-system", "torch", "transformers", "scikit-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionAccount:
    """
    A training of an opinions model that is done.

    :param name: Of the model.
    :param plan: Data, base and recipe, with names in the place of folders.
    :param counts: By part and kind, how much material there was.
    :param skipped: Why rows were skipped, and how many for each reason.
    :param rows: The log.
    :param temperature: What was fitted to the validation samples.
    :param scores: By kind of validation sample and by measure.
    :param megabytes: What the weights take on the disk.
    :param versions: Of the packages.
    """

    name: str
    plan: OpinionPlan
    counts: Mapping[str, Mapping[str, int]]
    skipped: Mapping[str, int]
    rows: Sequence[OpinionProgress]
    temperature: float
    scores: Mapping[str, Mapping[str, Estimate]]
    megabytes: float
    versions: Mapping[str, str]

    @property
    def best(self) -> OpinionProgress:
        """The validation whose model was kept."""
        return best_of(self.rows)


def account_of(
    folder: TrainingFolder,
    plan: OpinionPlan,
    material: OpinionSet,
    validator: OpinionValidator,
    *,
    device: ComponentDevice,
) -> OpinionAccount:
    """
    Gather what there is to tell. The best model judges the validation samples once more.

    :param folder: Of the training, which is about to be finished.
    :param plan: What it was about.
    :param material: What it learned from.
    :param validator: Has the samples that the model was chosen by.
    :param device: Where the model runs.
    :returns: The account.
    """
    model = OpinionModel(folder.best, device=device, runtime="torch")
    return OpinionAccount(
        name=folder.out.name,
        plan=plan.model_copy(update={"base": named(plan.base)}),
        counts={part: each.counts for part, each in material.parts.items()},
        skipped=reasons(material.rejections),
        rows=read_rows(folder.log, OpinionProgress),
        temperature=model.temperature,
        scores={kind: _scored(model, samples) for kind, samples in validator.asked.items() if samples},
        megabytes=sum(file.stat().st_size for file in weight_files(folder.best)) / 1e6,
        versions={"python": platform.python_version(), **{package: version(package) for package in _PACKAGES}},
    )


def _scored(model: OpinionModel, samples: Sequence[Sample]) -> dict[str, Estimate]:
    truth = np.array([one.polarity for one in samples])
    found = model.polarities([(one.about, one.text) for one in samples]).argmax(axis=1)
    texts = [one.text for one in samples]
    commonest = Counter(truth.tolist()).most_common(1)[0][0]
    return {
        "Accuracy": interval(found == truth, texts),
        "Macro-F1": Estimate(macro_f1(truth, found), nan, nan, len(samples)),
        "Commonest": interval(truth == commonest, texts),
    }


def sources_of(plan: OpinionPlan) -> list[Path]:
    """
    List where a plan's data lie.

    :param plan: The plan.
    :returns: Rated reviews first.
    """
    return [one.path for one in (*plan.reviews, *plan.sources)]
