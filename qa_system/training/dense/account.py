"""Everything there is to tell of a training of an encoder that is done."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from qa_system.dense.model_files import weight_files
from qa_system.eval.scorecard import Estimate
from qa_system.eval.uncertainty import Difference
from qa_system.training.account import SourceCount, counted, named, reasons
from qa_system.training.dense.base import load_base, load_saved
from qa_system.training.dense.log import DenseProgress
from qa_system.training.dense.mining import Mined
from qa_system.training.dense.plan import DensePlan
from qa_system.training.dense.validation import MEASURES, Validation
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import read_rows
from qa_system.training.mixture import Mixture
from qa_system.training.scoring import short_names

if TYPE_CHECKING:
    import torch

_PACKAGES = ("qa-system", "torch", "transformers", "sentence-transformers")
BM25 = "BM25"


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseAccount:
    """
    A training of an encoder that is done.

    :param name: Of the model.
    :param plan: Data, base, reader and recipe, with names in the place of folders.
    :param sources: What was learned from.
    :param skipped: Why rows were skipped, and how many for each reason.
    :param mined: The pairs that were learned from, and their negatives.
    :param rows: The log.
    :param questions: How many questions were validated with.
    :param passages: Among how many passages.
    :param scores: By system, the new one first, and by measure.
    :param differences: MRR@10 of the new one less that of each other system.
    :param megabytes: What its weights take on the disk.
    :param versions: Of the packages.
    """

    name: str
    plan: DensePlan
    sources: Sequence[SourceCount]
    skipped: Mapping[str, int]
    mined: Mined
    rows: Sequence[DenseProgress]
    questions: int
    passages: int
    scores: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Difference]
    megabytes: float
    versions: Mapping[str, str]


def account_of(
    folder: TrainingFolder,
    plan: DensePlan,
    mixture: Mixture,
    mined: Mined,
    validation: Validation,
    *,
    device: "torch.device",
) -> DenseAccount:
    """
    Gather what there is to tell. The best model, its base and BM25 search for the validation questions once more.

    :param folder: Of the training, which is about to be finished.
    :param plan: What it was about.
    :param mixture: What was learned from.
    :param mined: The pairs.
    :param validation: What the model was chosen by.
    :param device: Where the models run.
    :returns: The account.
    """
    name, base = folder.out.name, named(plan.base)
    rankings = {
        name: validation.by_model(load_saved(folder.best, device)),
        f"{base}, untuned": validation.by_model(load_base(plan.base, plan.recipe, device).model),
        BM25: validation.by_words(),
    }
    values = {system: validation.measured(found) for system, found in rankings.items()}
    mrr = {system: measured[MEASURES[0]] for system, measured in values.items()}
    names = short_names(source.path for source in mixture.sources)
    return DenseAccount(
        name=name,
        plan=plan.model_copy(update={"base": base, "reader": named(plan.reader) if plan.reader else None}),
        sources=counted(mixture, names),
        skipped=reasons(mixture.rejections),
        mined=mined,
        rows=read_rows(folder.log, DenseProgress),
        questions=len(validation.questions),
        passages=len(validation.corpus.passages),
        scores={system: validation.estimated(measured) for system, measured in values.items()},
        differences={other: validation.difference(mrr[name], mrr[other]) for other in mrr if other != name},
        megabytes=sum(file.stat().st_size for file in weight_files(folder.best)) / 1e6,
        versions={"python": platform.python_version(), **{package: version(package) for package in _PACKAGES}},
    )
