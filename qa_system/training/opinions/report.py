"""The report of a training of an opinions model: Markdown with tables, and curves beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes

from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Cell, Table, number
from qa_system.training.curves import column, draw, draw_loss, draw_rate
from qa_system.training.opinions.account import MEASURES, OpinionAccount
from qa_system.training.opinions.log import OpinionProgress, best_of, validations
from qa_system.training.templates import rendered


def write_report(path: Path, account: OpinionAccount) -> None:
    """
    Write the report of a training and, beside it, `curves.svg`.

    :param path: The report's file.
    :param account: What to tell.
    :raises QAError: A file cannot be written.
    """
    rows = account.rows
    draw(
        path.with_name("curves.svg"),
        partial(draw_loss, rows=rows),
        partial(_scores, rows=rows),
        partial(draw_rate, rows=rows),
    )
    write_file(path, report(account))


def report(account: OpinionAccount) -> str:
    """
    Tell of a training.

    :param account: What to tell.
    :returns: Markdown, which shows `curves.svg`.
    """
    return rendered(
        "opinions/report.md.j2",
        account=account,
        scores=score_table(account),
        material=material(account),
        validations=_validations(account.rows),
        skipped=written(Table("", ("Reason", "Rows"), tuple(account.skipped.items()))) if account.skipped else "",
        facts=facts(account),
        recipe=written(Table("", ("Recipe", "Value"), tuple(_recipe(account)), words=2)),
    )


def score_table(account: OpinionAccount) -> str:
    """
    Show how right the polarities of validation samples are.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    return written(scores("", account.scores, MEASURES)).replace("System", "Of", 1)


def material(account: OpinionAccount) -> str:
    """
    Show what there was to learn from.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    parts = ("train", "validation", "held_out")
    rows: tuple[tuple[str | int, ...], ...] = tuple(
        (kind, *(account.counts[part][kind] for part in parts)) for kind in account.counts["train"]
    )
    return written(Table("", ("Kind", "Train", "Validation", "Held out"), rows))


def facts(account: OpinionAccount) -> str:
    """
    List what a training took.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    return written(Table("", ("What", "Value"), tuple(_facts(account)), words=2))


def _facts(account: OpinionAccount) -> Iterator[tuple[Cell, ...]]:
    last, seconds = account.rows[-1], _seconds(account.rows)
    yield "started from", account.plan.base
    yield "layers, word pieces", f"{account.plan.layers}, {account.plan.vocabulary:,}"
    yield "megabytes on the disk", f"{account.megabytes:.1f}"
    yield "epochs done", f"{last.epoch:.2f} of {account.plan.recipe.epochs}"
    yield "steps", f"{last.step:,}"
    yield "tokens", f"{last.tokens:,}"
    yield "time, validation left out", str(timedelta(seconds=round(seconds)))
    yield "tokens/s", f"{last.tokens / seconds:,.0f}"
    yield from account.versions.items()


def _seconds(rows: Sequence[OpinionProgress]) -> float:
    counts = [rows[0].tokens, *(after.tokens - before.tokens for before, after in pairwise(rows))]
    return sum(tokens / row.tokens_per_second for tokens, row in zip(counts, rows, strict=True))


def _recipe(account: OpinionAccount) -> Iterator[tuple[Cell, ...]]:
    yield from ((name, str(value)) for name, value in asdict(account.plan.recipe).items())


def _validations(rows: Sequence[OpinionProgress]) -> str:
    best = best_of(rows)
    lines: list[tuple[Cell, ...]] = [
        (
            row.step,
            f"{row.epoch:.2f}",
            *map(number, (row.loss, row.polarity or 0.0, row.aspects or 0.0)),
            "kept" * (row == best),
        )
        for row in validations(rows)
    ]
    return written(Table("", ("Step", "Epoch", "Loss", "Polarity", "Aspects", ""), tuple(lines), words=0))


def _scores(axes: Axes, rows: Sequence[OpinionProgress]) -> None:
    measured = validations(rows)
    for name, score in (("polarity, macro-F1", "polarity"), ("aspects, F1", "aspects")):
        axes.plot(column(measured, "step"), column(measured, score), "-o", label=name, markersize=4)
    axes.axvline(best_of(rows).step, color="black", alpha=0.5, linestyle=":", label="the model that was kept")
    axes.set(title="Validation", xlabel="step", xlim=(0, 1.04 * rows[-1].step), ylim=(0, 1.02))
    axes.legend(loc="lower right")
