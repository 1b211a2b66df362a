"""The report of a training of a generator, for somebody who was not there: Markdown, and curves beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes

from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import NONE, Cell, Table, number, shortened
from qa_system.eval.written import MEASURES
from qa_system.training.curves import column, draw, draw_loss, draw_rate
from qa_system.training.generator.account import NUM_BEAMS, GeneratorAccount
from qa_system.training.generator.log import GeneratorProgress, best_of, validations
from qa_system.training.templates import rendered

_CELL = 60


def write_report(path: Path, account: GeneratorAccount) -> None:
    """
    Write the report of a training and, beside it, `curves.svg`.

    :param path: The report's file.
    :param account: What to tell.
    :raises QAError: A file cannot be written.
    """
    writing = [partial(_losses, rows=account.denoising, title="Learning to write")] if account.denoising else []
    answering = [partial(_losses, rows=account.rows, title="Learning to answer"), partial(_scores, rows=account.rows)]
    draw(path.with_name("curves.svg"), *writing, *answering, partial(draw_rate, rows=account.rows))
    write_file(path, report(account))


def report(account: GeneratorAccount) -> str:
    """
    Tell of a training.

    :param account: What to tell.
    :returns: Markdown, which shows `curves.svg`.
    """
    measured = account.scores[account.name]
    return rendered(
        "generator/report.md.j2",
        account=account,
        beams=NUM_BEAMS,
        em=measured["EM"],
        f1=measured["F1"],
        best=best_of(account.rows),
        scores=score_table(account),
        shown=_shown(account),
        validations=_validations(account.rows),
        denoising=_validations(account.denoising) if account.denoising else "",
        sources=_sources(account),
        skipped=_skipped(account.skipped),
        facts=facts(account),
        recipe=_recipe(account),
    )


def score_table(account: GeneratorAccount) -> str:
    """
    Show what the generator scored, beside the reader and beside always abstaining.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    return written(scores("", account.scores, MEASURES))


def facts(account: GeneratorAccount) -> str:
    """
    List what a training took.

    :param account: Of the training.
    :returns: A Markdown table.
    """
    return written(Table("", ("What", "Value"), tuple(_facts(account)), words=2))


def _facts(account: GeneratorAccount) -> Iterator[tuple[Cell, ...]]:
    yield "started from", account.plan.base
    yield "parameters", f"{account.parameters:,}"
    yield "megabytes on the disk", f"{account.megabytes:.1f}"
    yield "reviews that it learned to write from", f"{account.reviews:,}"
    if account.denoising:
        yield from _took("writing", account.denoising, account.plan.denoising.epochs)
    yield "questions that it learned to answer from", f"{account.questions:,}"
    yield from _took("answering", account.rows, account.plan.recipe.epochs)
    yield from account.versions.items()


def _took(stage: str, rows: Sequence[GeneratorProgress], epochs: int) -> Iterator[tuple[Cell, ...]]:
    last, seconds = rows[-1], _seconds(rows)
    yield f"{stage}: epochs done", f"{last.epoch:.2f} of {epochs}"
    yield f"{stage}: steps", f"{last.step:,}"
    yield f"{stage}: tokens", f"{last.tokens:,}"
    yield f"{stage}: time, validation left out", str(timedelta(seconds=round(seconds)))
    yield f"{stage}: tokens/s", f"{last.tokens / seconds:,.0f}"


def _seconds(rows: Sequence[GeneratorProgress]) -> float:
    counts = [rows[0].tokens, *(after.tokens - before.tokens for before, after in pairwise(rows))]
    return sum(tokens / row.tokens_per_second for tokens, row in zip(counts, rows, strict=True))


def _recipe(account: GeneratorAccount) -> str:
    stages = {"denoising": account.plan.denoising} if account.denoising else {}
    stages |= {"recipe": account.plan.recipe}  # type: ignore[dict-item]
    values = [(f"{stage}.{name}", str(value)) for stage, said in stages.items() for name, value in asdict(said).items()]
    return written(Table("", ("Recipe", "Value"), (("vocabulary", str(account.plan.vocabulary)), *values), words=2))


def _validations(rows: Sequence[GeneratorProgress]) -> str:
    names = {"Loss": "loss", "Validation loss": "validation_loss", "EM": "exact", "F1": "f1"}
    lines: list[tuple[Cell, ...]] = [
        (row.step, f"{row.epoch:.2f}", *(_cell(getattr(row, name)) for name in names.values()), _kept(row, rows))
        for row in validations(rows)
    ]
    return written(Table("", ("Step", "Epoch", *names, ""), tuple(lines), words=0))


def _cell(value: float | None) -> str:
    return NONE if value is None else number(value)


def _kept(row: GeneratorProgress, rows: Sequence[GeneratorProgress]) -> str:
    return "kept" * (row == best_of(rows))


def _sources(account: GeneratorAccount) -> str:
    rows: list[tuple[Cell, ...]] = [
        (one.name, f"{one.source.weight:g}", one.train, one.validation, one.held_out) for one in account.sources
    ]
    return written(Table("", ("Source", "Weight", "Train", "Validation", "Held out"), tuple(rows)))


def _skipped(counts: Mapping[str, int]) -> str:
    return written(Table("", ("Reason", "Rows"), tuple(counts.items()))) if counts else ""


def _shown(account: GeneratorAccount) -> str:
    lines = ((one.question, "; ".join(dict.fromkeys(one.answers)), one.written) for one in account.shown)
    rows = tuple(tuple(shortened(text, _CELL) or NONE for text in line) for line in lines)
    return written(Table("", ("Question", "Marked", "Written"), rows, words=3))


def _losses(axes: Axes, rows: Sequence[GeneratorProgress], title: str) -> None:
    draw_loss(axes, rows)
    measured = validations(rows)
    axes.plot(column(measured, "step"), column(measured, "validation_loss"), "-o", label="validation", markersize=4)
    axes.set(title=f"{title}: loss (nats per token)")
    axes.legend(loc="upper right")


def _scores(axes: Axes, rows: Sequence[GeneratorProgress]) -> None:
    measured = validations(rows)
    for name, score in (("F1", "f1"), ("EM", "exact")):
        axes.plot(column(measured, "step"), column(measured, score), "-o", label=name, markersize=4)
    axes.axvline(best_of(rows).step, color="black", alpha=0.5, linestyle=":", label="the model that was kept")
    axes.set(title="Validation", xlabel="step", xlim=(0, 1.04 * rows[-1].step), ylim=(0, 1.02))
    axes.legend(loc="lower right")
