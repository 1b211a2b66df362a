"""Cross-validation: every question is answered by a model that was not trained on its review."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from haystack.utils import ComponentDevice

from qa_system.dense.model_files import UNTUNED_MODEL
from qa_system.errors import SettingsError, SourceError
from qa_system.eval.folder import write_file
from qa_system.eval.journal import encoded
from qa_system.eval.report.summary import summary
from qa_system.eval.runs import Run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard
from qa_system.records import Question
from qa_system.sources.splits import fingerprint
from qa_system.training.folder import TrainingFolder
from qa_system.training.log import Progress
from qa_system.training.mixture import Mixture, TrainingSource
from qa_system.training.notices import warn_of_rejections
from qa_system.training.reader import digest, train_reader
from qa_system.training.recipe import Recipe
from qa_system.training.report import folds_report
from qa_system.training.scoring import as_questions, asked, pooled, short_names

OnFoldProgress = Callable[[int, Progress], None]

# What a review's fingerprint leaves when divided by this says whether it is held out, and whether it validates.
_PARTS = 20


@dataclass(frozen=True, slots=True)
class Fold:
    """
    A part of the reviews.

    :param number: From 1.
    :param others: The examples on all other reviews, to train with.
    :param questions: The questions on these, to measure with.
    """

    number: int
    others: Mixture
    questions: list[Question]


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """
    What a cross-validation gave.

    :param report: The report, Markdown.
    :param run: What was answered, for `qa eval report` and `qa eval compare`.
    :param pooled: What was scored over all questions, whichever model answered them.
    :param folds: The same over the questions of each fold.
    """

    report: Path
    run: Path
    pooled: Scorecard
    folds: Sequence[Scorecard]


def _quietly(fold: int, progress: Progress) -> None:
    """Report to nobody."""


def cross_validate(
    sources: Sequence[TrainingSource],
    out: Path,
    *,
    folds: int = 5,
    base: str = UNTUNED_MODEL,
    teachers: Sequence[str] = (),
    recipe: Recipe | None = None,
    resume: bool = False,
    device: ComponentDevice | None = None,
    on_progress: OnFoldProgress = _quietly,
) -> CrossValidation:
    """
    Measure a recipe on all questions of small sources: train a model for each fold, and ask it what it has not seen.

    A review is in the same fold whatever else there is; the held-out ones are in none. `out/folds` keeps the models,
    and none is published.

    :param sources: Labelled questions.
    :param out: Folder for all that is written.
    :param folds: How many models to train.
    :param base: What each starts from, as of `train_reader`.
    :param teachers: Readers to agree with, as of `train_reader`.
    :param recipe: How to train; None for the defaults.
    :param resume: Go on with what was begun in `out`, if anything was; a fold that is done is not trained again.
    :param device: Where to train; by default a GPU if there is one.
    :param on_progress: Called with the number of the fold and each row of its log.
    :returns: What was scored.
    :raises SourceError: A source cannot be read, or there are too few reviews for so many folds.
    :raises ModelError: The base or a teacher cannot be loaded or is of no use here, or `out` holds a model.
    :raises SettingsError: There are fewer than two folds; or `out` holds a training while `resume` is not set, or one
        that was begun with other folds, data, base or recipe; or another process is at it.
    """
    recipe, folder, where = recipe or Recipe(), TrainingFolder(out), ComponentDevice.resolve_device(device)
    folder.check(resume=resume)
    mixture = Mixture.load(sources)
    parts = divided(mixture, folds)
    plan = {"folds": folds, "base": base, "teachers": [*teachers], "data": f"{folds} parts of {digest(mixture)}"}
    folder.agree(plan | asdict(recipe))
    warn_of_rejections(mixture.rejections)
    train = partial(train_reader, base=base, teachers=teachers, recipe=recipe, resume=True, device=where)
    with folder.held():
        folder.begin(plan | asdict(recipe))
        runs = []
        for part in parts:
            model = train(part.others, out / "folds" / str(part.number), on_progress=partial(on_progress, part.number))
            name = f"{out.name}, fold {part.number}"
            path = model.folder / "run.jsonl"
            runs.append(asked(path, model.folder, part.questions, recipe, name=name, device=where))
        return _told(out, runs)


def divided(mixture: Mixture, folds: int) -> list[Fold]:
    """
    Divide what is not held out, by review.

    :param mixture: All examples.
    :param folds: How many parts to make.
    :returns: The parts.
    :raises SettingsError: If there would be fewer than two.
    :raises SourceError: If there are too few reviews for so many.
    """
    if folds < 2:
        raise SettingsError(
            f"cross-validation has {folds} fold: each question is asked of a model that was trained on the others, so "
            "it takes 2 or more. 5 is usual."
        )
    names = short_names(source.path for source in mixture.sources)
    questions = as_questions(mixture.train + mixture.validation, names)
    parts = [_fold(mixture, questions, place, folds) for place in range(folds)]
    for part in parts:
        _check(part, folds)
    return parts


def _fold(mixture: Mixture, questions: Sequence[Question], place: int, folds: int) -> Fold:
    train, validation = (
        [example for example in part if _place(example.context, folds) != place]
        for part in (mixture.train, mixture.validation)
    )
    others = Mixture(train, validation, mixture.held_out, sources=mixture.sources)
    here = [question for question in questions if _place(question.context or "", folds) == place]
    return Fold(place + 1, others, here)


def _place(context: str, folds: int) -> int:
    return fingerprint(context) // _PARTS % folds


def _check(fold: Fold, folds: int) -> None:
    """Refuse all before anything is trained."""
    answers = sum(bool(example.gold) for example in fold.others.train)
    if not (answers and fold.others.validation and fold.questions):
        raise SourceError(
            f"there are too few reviews for {folds} folds: number {fold.number} would train on {answers:,} questions "
            f"with an answer, validate with {len(fold.others.validation):,} and measure with {len(fold.questions):,}, "
            "and each has to be more than 0. Make fewer folds (--cv), or add reviews."
        )


def _told(out: Path, runs: Sequence[Run]) -> CrossValidation:
    whole = pooled(runs, out.name)
    run = write_file(out / "run.jsonl", b"".join([encoded(whole.header), *map(encoded, whole.predictions)]).decode())
    cards = [score(each) for each in (whole, *runs)]
    write_file(out / "cv.json", json.dumps(summary(cards, []), ensure_ascii=False, indent=1))
    report = write_file(out / "report.md", folds_report(cards[0], cards[1:]))
    return CrossValidation(report, run, cards[0], cards[1:])
