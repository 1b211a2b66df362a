"""The report of a training of an encoder, for somebody who was not there: Markdown, and curves beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes

from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Cell, Table, number, probability
from qa_system.training.curves import column, draw, draw_loss, draw_rate
from qa_system.training.dense.account import DenseAccount
from qa_system.training.dense.log import DenseProgress, best_of, validations
from qa_system.training.dense.validation import MEASURES
from qa_system.training.templates import rendered

_DRAWN = {"MRR@10": "mrr", "recall@1": "recall_1", "recall@5": "recall_5", "recall@20": "recall_20"}


def write_report(path: Path, account: DenseAccount) -> None:
    """
    Write the report of a training and, beside it, `curves.svg`.

    :param path: The report's file.
    :param account: What to tell.
    :raises QAError: A file cannot be written.
    """
    plots = (partial(draw_loss, rows=account.rows), partial(_scores, rows=account.rows))
    draw(path.with_name("curves.svg"), *plots, partial(draw_rate, rows=account.rows))
    write_file(path, report(account))


def report(account: DenseAccount) -> str:
    """
    Tell of a training.

    :param account: What to tell.
    :returns: Markdown, which shows `curves.svg`.
    """
    return rendered(
        "dense/report.md.j2",
        account=account,
        mrr=account.scores[account.name][MEASURES[0]],
        best=best_of(account.rows),
        scores=score_table(account),
        differences=difference_table(account),
        validations=_validations(account.rows),
        sources=_sources(account),
        negatives=_counts("Negatives", account.mined.negatives),
        dropped=_counts("Left out, as they may answer", account.mined.dropped),
        skipped=_counts("Reason", account.skipped),
        facts=facts(account),
        recipe=_recipe(account),
    )


def score_table(account: DenseAccount) -> str:
    """
    Show what was found, beside what the untuned base and BM25 find.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    return written(scores("", account.scores, MEASURES))


def difference_table(account: DenseAccount) -> str:
    """
    Show how much better it is, and how sure that is.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    rows: list[tuple[Cell, ...]] = [
        (other, found, probability(found.p_value)) for other, found in account.differences.items()
    ]
    return written(Table("", ("MRR@10 less that of", "Difference", "p"), tuple(rows)))


def facts(account: DenseAccount) -> str:
    """
    List what a training took.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    return written(Table("", ("What", "Value"), tuple(_facts(account)), words=2))


def _facts(account: DenseAccount) -> Iterator[tuple[Cell, ...]]:
    last, seconds = account.rows[-1], _seconds(account.rows)
    yield "started from", account.plan.base
    yield "reader that found false negatives", account.plan.reader or "none"
    yield "pairs of question and passage", f"{len(account.mined.rows):,}"
    yield "epochs done", f"{last.epoch:.2f} of {account.plan.recipe.epochs}"
    yield "steps", f"{last.step:,}"
    yield "time, validation left out", str(timedelta(seconds=round(seconds)))
    yield "pairs/s", f"{last.pairs / seconds:,.1f}"
    yield "megabytes on the disk", f"{account.megabytes:.1f}"
    yield from account.versions.items()


def _seconds(rows: Sequence[DenseProgress]) -> float:
    befores = [0, *(row.pairs for row in rows[:-1])]
    return sum((row.pairs - before) / row.pairs_per_second for row, before in zip(rows, befores, strict=True))


def _recipe(account: DenseAccount) -> str:
    values = tuple((name, str(value)) for name, value in asdict(account.plan.recipe).items())
    return written(Table("", ("Recipe", "Value"), values, words=2))


def _validations(rows: Sequence[DenseProgress]) -> str:
    lines: list[tuple[Cell, ...]] = [
        (
            row.step,
            f"{row.epoch:.2f}",
            *(number(getattr(row, name)) for name in ("loss", *_DRAWN.values())),
            "kept" * (row == best_of(rows)),
        )
        for row in validations(rows)
    ]
    return written(Table("", ("Step", "Epoch", "Loss", *_DRAWN, ""), tuple(lines), words=0))


def _sources(account: DenseAccount) -> str:
    rows: list[tuple[Cell, ...]] = [
        (one.name, f"{one.source.weight:g}", one.train, one.validation, one.held_out) for one in account.sources
    ]
    return written(Table("", ("Source", "Weight", "Train", "Validation", "Held out"), tuple(rows)))


def _counts(title: str, counts: Mapping[str, int]) -> str:
    return (
        written(Table("", (title, "Passages" if title != "Reason" else "Rows"), tuple(counts.items())))
        if counts
        else ""
    )


def _scores(axes: Axes, rows: Sequence[DenseProgress]) -> None:
    measured = validations(rows)
    for name, score in _DRAWN.items():
        axes.plot(column(measured, "step"), column(measured, score), "-o", label=name, markersize=4)
    axes.axvline(best_of(rows).step, color="black", alpha=0.5, linestyle=":", label="the model that was kept")
    axes.set(title="Validation", xlabel="step", xlim=(0, 1.04 * rows[-1].step), ylim=(0, 1.02))
    axes.legend(loc="lower right")
