"""Everything there is to tell of a training that is done: what its report and its model's card are written from."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from haystack.utils import ComponentDevice

from qa_system.eval.journal import read_run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard
from qa_system.reading.traits import ModelTraits
from qa_system.records import Rejection
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import History
from qa_system.training.mixture import Example, Mixture, TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.scoring import as_questions, asked, short_names

_PARTICULARS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d+")


@dataclass(frozen=True, slots=True)
class SourceCount:
    """
    How many questions of a source were used for what.

    :param name: The source, as of `short_names`.
    :param source: What was said of it.
    :param style: Which kind of answer its annotators marked.
    :param train: Questions learned from.
    :param validation: Questions that the model was chosen by.
    :param held_out: Questions kept for measuring.
    """

    name: str
    source: TrainingSource
    style: str
    train: int
    validation: int
    held_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    A training that is done.

    :param name: Of the model.
    :param base: What the training started from.
    :param teachers: Readers that it agreed with.
    :param recipe: How it went.
    :param sources: What was learned from.
    :param skipped: Why rows were skipped, and how many for each reason.
    :param history: Its log.
    :param traits: The calibration.
    :param run: The file of what the model answered to the validation questions.
    :param scorecard: What it scored.
    """

    name: str
    base: str
    teachers: Sequence[str]
    recipe: Recipe
    sources: Sequence[SourceCount]
    skipped: Mapping[str, int]
    history: History
    traits: ModelTraits
    run: Path
    scorecard: Scorecard


def account_of(
    folder: TrainingFolder,
    mixture: Mixture,
    validated: Sequence[Example],
    recipe: Recipe,
    *,
    base: str,
    teachers: Sequence[str],
    device: ComponentDevice,
) -> Account:
    """
    Gather what there is to tell. Unless that was done, the best model is asked the validation questions once more, to
    keep its answers.

    :param folder: Of the training, which is about to be finished or is.
    :param mixture: What was learned from.
    :param validated: What the model was chosen by.
    :param recipe: How it was trained.
    :param base: What the training started from.
    :param teachers: Readers that it agreed with.
    :param device: Where the model runs.
    :returns: The account.
    """
    names, path = short_names(source.path for source in mixture.sources), folder.work / "validation.jsonl"
    model = folder.best if folder.best.exists() else folder.out
    if not (folder.is_finished and path.exists()):
        path.unlink(missing_ok=True)  # a training that was killed here may have gone on to another model
        asked(path, model, as_questions(validated, names), recipe, name=folder.out.name, device=device)
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    return Account(
        name=folder.out.name,
        base=named(base),
        teachers=[*map(named, teachers)],
        recipe=recipe,
        sources=counted(mixture, names),
        skipped=reasons(mixture.rejections),
        history=History.read(folder.log),
        traits=ModelTraits.from_config(config),
        run=path,
        scorecard=score(read_run(path)),
    )


def named(model: str) -> str:
    """
    Name a model without where a folder lies on this machine.

    :param model: A name or folder.
    :returns: The name.
    """
    return Path(model).name if Path(model).is_dir() else model


def counted(mixture: Mixture, names: Mapping[Path, str]) -> list[SourceCount]:
    """
    Count what each source gave.

    :param mixture: What was learned from.
    :param names: As `short_names` made them.
    :returns: The counts, source by source.
    """
    parts = (mixture.train, mixture.validation, mixture.held_out)
    styles = {example.source: example.style for part in parts for example in part}
    counts = [Counter(example.source for example in part) for part in parts]
    return [
        SourceCount(names[one.path], one, styles.get(one.path, ""), *(count[one.path] for count in counts))
        for one in mixture.sources
    ]


def reasons(rejections: Sequence[Rejection]) -> dict[str, int]:
    """
    Count rows by file and reason, what is particular to a row left out.

    :param rejections: The rows.
    :returns: How many for each reason, the commonest first.
    """
    kinds = Counter(f"{one.path.name}: {_PARTICULARS.sub('…', one.reason)}" for one in rejections)
    return dict(kinds.most_common())
