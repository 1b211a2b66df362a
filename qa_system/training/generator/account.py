"""Everything there is to tell of a training of a generator that is done."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import prod
from pathlib import Path

from haystack.utils import ComponentDevice

from qa_system.eval.scorecard import Estimate
from qa_system.eval.written import Judged, written_scores
from qa_system.generation.rag_traits import RagTraits
from qa_system.inference.model_files import weight_files
from qa_system.reading.reader import Reader
from qa_system.training.account import SourceCount, counted, named, reasons
from qa_system.training.folder import TrainingFolder
from qa_system.training.generator.log import GeneratorProgress
from qa_system.training.generator.plan import GeneratorPlan
from qa_system.training.generator.questions import RagQuestion
from qa_system.training.generator.unlabelled import Unlabelled
from qa_system.training.generator.validation import RagValidator, as_documents, written
from qa_system.training.history import read_rows
from qa_system.training.mixture import Mixture
from qa_system.training.scoring import short_names

ABSTAINING = "always abstaining"
NUM_BEAMS = 4
_SHOWN = 10
_PACKAGES = ("qa-system", "torch", "transformers", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Shown:
    """
    An answer, to look at.

    :param question: The question.
    :param answers: What annotators marked.
    :param written: What the model wrote; empty where it abstained.
    """

    question: str
    answers: Sequence[str]
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorAccount:
    """
    A training of a generator that is done.

    :param name: Of the model.
    :param plan: Data, base and recipes, with names in the place of folders.
    :param sources: What it learned to answer from.
    :param reviews: How many reviews it learned to write from; 0 where that was left out.
    :param questions: How many questions it learned from.
    :param skipped: Why rows were skipped, and how many for each reason.
    :param denoising: The log of learning to write; empty where that was left out.
    :param rows: The log of learning to answer.
    :param traits: What was fitted to the validation questions.
    :param asked: How many of these there are.
    :param scores: By system, the generator first, and by measure.
    :param shown: Some of its answers.
    :param parameters: How many weights it has.
    :param megabytes: What they take on the disk.
    :param versions: Of the packages.
    """

    name: str
    plan: GeneratorPlan
    sources: Sequence[SourceCount]
    reviews: int
    questions: int
    skipped: Mapping[str, int]
    denoising: Sequence[GeneratorProgress]
    rows: Sequence[GeneratorProgress]
    traits: RagTraits
    asked: int
    scores: Mapping[str, Mapping[str, Estimate]]
    shown: Sequence[Shown]
    parameters: int
    megabytes: float
    versions: Mapping[str, str]


def account_of(
    folder: TrainingFolder,
    writer: TrainingFolder,
    plan: GeneratorPlan,
    mixture: Mixture,
    reviews: Unlabelled | None,
    validator: RagValidator,
    *,
    learned: int,
    device: ComponentDevice,
) -> GeneratorAccount:
    """
    Gather what there is to tell. The best model answers the validation questions once more, searching as it does for
    its users, and so does a reader, from the same passages.

    :param folder: Of the training, which is about to be finished.
    :param writer: Of learning to write.
    :param plan: What it was about.
    :param mixture: The labelled questions.
    :param reviews: The others.
    :param validator: Has the questions that the model was chosen by.
    :param learned: How many questions were learned from.
    :param device: Where the models run.
    :returns: The account.
    """
    name, asked = folder.out.name, validator.asked(folder.best)
    answers = {name: written(folder.best, asked, plan.recipe, device=device, num_beams=NUM_BEAMS)}
    if plan.reader:
        answers[f"{named(plan.reader)}, extracting"] = _extracted(plan.reader, asked, device)
    answers[ABSTAINING] = [""] * len(asked)
    judged = [Judged(one.gold, one.passages, one.item_id) for one in asked]
    config = json.loads((folder.best / "config.json").read_text(encoding="utf-8"))
    files = weight_files(folder.best)
    return GeneratorAccount(
        name=name,
        plan=plan.model_copy(update={model: named(name) for model, name in plan.models.items()}),
        sources=counted(mixture, short_names(source.path for source in mixture.sources)),
        reviews=len(reviews.train) if reviews else 0,
        questions=learned,
        skipped=reasons(mixture.rejections),
        denoising=read_rows(writer.log, GeneratorProgress) if reviews else (),
        rows=read_rows(folder.log, GeneratorProgress),
        traits=RagTraits.from_config(config),
        asked=len(asked),
        scores={system: written_scores(texts, judged) for system, texts in answers.items()},
        shown=[Shown(one.question, one.gold, text) for one, text in zip(asked[:_SHOWN], answers[name], strict=False)],
        parameters=sum(map(_parameters, files)),
        megabytes=sum(file.stat().st_size for file in files) / 1e6,
        versions={"python": platform.python_version(), **{package: version(package) for package in _PACKAGES}},
    )


def _extracted(reader: str, asked: Sequence[RagQuestion], device: ComponentDevice) -> list[str]:
    found = Reader(reader, device=device, top_k=1).run_batch(
        [one.question for one in asked], [as_documents(one) for one in asked]
    )
    return [answers[0].data or "" for answers in found]


def _parameters(file: Path) -> int:
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as weights:
        return sum(prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118 - no mapping
