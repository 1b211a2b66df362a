"""The report of a training, for somebody who was not there: Markdown with tables, and curves beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import numpy as np

from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Cell, Table, number
from qa_system.eval.scorecard import Curve, Scorecard
from qa_system.training.account import Account
from qa_system.training.curves import draw_curves
from qa_system.training.templates import rendered

MEASURES = ("EM", "F1", "F1 answerable", "no-answer accuracy")
_CALIBRATION = ("ECE answer", "ECE no answer")
_PACKAGES = ("python", "qa-system", "torch", "transformers")


def write_report(path: Path, account: Account) -> None:
    """
    Write the report of a training and, beside it, `curves.svg`.

    :param path: The report's file.
    :param account: What to tell.
    :raises QAError: A file cannot be written.
    """
    draw_curves(path.with_name("curves.svg"), account.history, account.scorecard.curves["reliability"])
    write_file(path, report(account))


def report(account: Account) -> str:
    """
    Tell of a training.

    :param account: What to tell.
    :returns: Markdown, which shows `curves.svg`.
    """
    card = account.scorecard
    return rendered(
        "report.md.j2",
        account=account,
        em=card.measures["EM"],
        f1=card.measures["F1"],
        best=account.history.best,
        asked=len(card.predictions),
        validated=sum(one.validation for one in account.sources),
        scores=score_table(account.name, card),
        reliability=_reliability(card.curves["reliability"]),
        validations=_validations(account),
        sources=_sources(account),
        skipped=_skipped(account),
        facts=facts(account),
        recipe=_recipe(account),
    )


def folds_report(pooled: Scorecard, folds: Sequence[Scorecard]) -> str:
    """
    Tell of a cross-validation.

    :param pooled: What was scored over all questions.
    :param folds: What was scored over the questions of each fold.
    :returns: Markdown, to lie beside `run.jsonl`.
    """
    return rendered(
        "folds.md.j2",
        name=pooled.header.system,
        questions=len(pooled.predictions),
        folds=folds,
        measures=_folds(pooled, folds),
        scores=score_table("all folds", pooled),
        sizes=", ".join(f"{len(fold.predictions):,}" for fold in folds),
    )


def score_table(name: str, card: Scorecard) -> str:
    """
    Show what a reader scored, beside people and beside always abstaining.

    :param name: What to call it.
    :param card: What it scored.
    :returns: A Markdown table.
    """
    return written(scores("", {name: card.measures, **card.baselines}, (*MEASURES, *_CALIBRATION)))


def facts(account: Account) -> str:
    """
    List what a training took.

    :param account: Of its training.
    :returns: A Markdown table.
    """
    return written(Table("", ("What", "Value"), tuple(_facts(account)), words=2))


def _facts(account: Account) -> Iterator[tuple[Cell, ...]]:
    history = account.history
    yield "started from", account.base
    if account.teachers:
        yield "teachers", ", ".join(account.teachers)
    yield "epochs done", f"{history.last.epoch:.2f} of {account.recipe.epochs}"
    yield "steps", f"{history.last.step:,}"
    yield "tokens learned from", f"{history.last.tokens:,}"
    yield "time, validation left out", str(timedelta(seconds=round(history.seconds)))
    yield "tokens/s", f"{history.tokens_per_second:,.0f}"
    for package in _PACKAGES:
        yield package, account.scorecard.header.versions[package]


def _recipe(account: Account) -> str:
    values = tuple((name, str(value)) for name, value in asdict(account.recipe).items())
    return written(Table("", ("Recipe", "Value"), values, words=2))


def _reliability(curve: Curve) -> str:
    rows = zip(curve.x, curve.y, curve.weight, strict=True)
    lines = tuple((f"{sure:.0%}", f"{right:.0%}", int(count)) for sure, right, count in rows)
    return written(Table("", ("How sure it was", "Exactly right", "Answers"), lines, words=0)) if lines else ""


def _validations(account: Account) -> str:
    columns, best = ("Step", "Epoch", "Loss", "EM", "F1", ""), account.history.best
    rows: list[tuple[Cell, ...]] = [
        (
            row.step,
            f"{row.epoch:.2f}",
            *map(number, (row.loss, row.exact or 0.0, row.f1 or 0.0)),
            "kept" * (row == best),
        )
        for row in account.history.validations
    ]
    return written(Table("", columns, tuple(rows), words=0))


def _sources(account: Account) -> str:
    columns = ("Source", "Style", "Weight", "Train", "Validation", "Held out")
    counts = [(one.train, one.validation, one.held_out) for one in account.sources]
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.style, f"{one.source.weight:g}", *count)
        for one, count in zip(account.sources, counts, strict=True)
    ]
    totals = map(sum, zip(*counts, strict=True))
    return written(Table("", columns, (*rows, ("all", "", "", *totals)), words=2))


def _skipped(account: Account) -> str:
    return written(Table("", ("Reason", "Rows"), tuple(account.skipped.items()))) if account.skipped else ""


def _folds(pooled: Scorecard, folds: Sequence[Scorecard]) -> str:
    columns = ("Measure", "All", "Spread", *(f"Fold {place}" for place in range(1, len(folds) + 1)))
    values = {measure: [fold.measures[measure].value for fold in folds] for measure in MEASURES}
    rows: list[tuple[Cell, ...]] = [
        (measure, pooled.measures[measure], number(float(np.std(found, ddof=1))), *map(number, found))
        for measure, found in values.items()
    ]
    return written(Table("", columns, tuple(rows)))
