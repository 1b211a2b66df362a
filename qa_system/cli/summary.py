"""`qa summary`: what reviewers praise in an item, and what they complain about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.options import ConfigOption, JsonOption, StoreOption, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.aspects.records import AspectLine, Summary
    from qa_system.records import Side
    from qa_system.survey import SummaryReport
    from qa_system.system import QASystem

commands = typer.Typer()


@commands.command(epilog="Example: qa summary HP-100")
def summary(
    item: Annotated[str | None, typer.Argument(help="The item.", show_default=False)] = None,
    all_items: Annotated[bool, typer.Option("--all", help="Sum up every item, to have it at hand.")] = False,
    quotes: Annotated[int, typer.Option("--quotes", "-n", min=0, help="Quotes shown on each line.")] = 1,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List what reviewers praise in an item and what they complain about, with quotes."""
    from qa_system import console
    from qa_system.presentation import summary_object
    from qa_system.system import QASystem

    if (item is None) != all_items:
        raise typer.BadParameter("Name an item, or take all of them with --all; one of the two.")
    with QASystem.open(settings=settings_of(config, store={"path": store})) as qa:
        if item is None:
            _sum_up_all(qa, as_json=json)
            return
        found = qa.summary(item)
    if json:
        console.show_json(summary_object(found))
    else:
        _show(found, quotes)


def _sum_up_all(qa: "QASystem", *, as_json: bool) -> None:
    from qa_system import console
    from qa_system.survey import SummaryReport

    report = SummaryReport()
    try:
        with console.Progress() as progress:
            qa.summarise_all(report=report, progress=progress)
    except KeyboardInterrupt:
        console.warn("Interrupted. What is summed up here is kept; run the same command to go on.")
        _show_report(report, as_json=as_json)
        raise
    _show_report(report, as_json=as_json)


def _show_report(report: "SummaryReport", *, as_json: bool) -> None:
    from dataclasses import asdict

    from qa_system import console

    if as_json:
        console.show_json({**asdict(report), "rate": report.rate})
        return
    made = f"{report.items:,} items have a summary, {report.kept:,} of them from before"
    rate = (
        f": {report.reviews:,} reviews in {report.seconds:,.1f} s, {report.rate:,.0f} a second" if report.rate else ""
    )
    console.show_line(made + rate)


def _show(found: "Summary", quotes: int) -> None:
    from qa_system import console

    copies = f", {found.copies:,} of them copies, which count once" if found.copies else ""
    console.show_line((found.item_id, "bold"), f"  {found.reviews:,} reviews{copies}")
    if not found.lines:
        console.show_line("\nThe reviews praise nothing in common, and complain about nothing.")
    _show_lines("Praised", "green", found.pros, quotes)
    _show_lines("Complained about", "red", found.cons, quotes)
    _show_lines("Divided", "yellow", found.divided, quotes)


def _show_lines(title: str, style: str, lines: "Sequence[AspectLine]", quotes: int) -> None:
    from qa_system import console

    if lines:
        console.show_line((f"\n{title}", f"bold {style}"))
    for line in lines:
        first, second = _sides(line)
        others = f"  also {', '.join(line.terms[:3])}" if line.terms else ""
        console.show_line("  ", (line.aspect, "bold"), f"  {_counts(line)}", (others, "dim"))
        for side in (first, second):
            _show_quotes(side, quotes if side is first or side.support == first.support else 0)


def _sides(line: "AspectLine") -> "tuple[Side, Side]":
    other = line.complaints if line.leading is line.praise else line.praise
    return line.leading, other


def _counts(line: "AspectLine") -> str:
    counts = {"praise it": line.praise.support, "complain": line.complaints.support}
    return ", ".join(f"{count:,} {does}" for does, count in counts.items() if count)


def _show_quotes(side: "Side", quotes: int) -> None:
    from qa_system import console

    for quote in side.quotes[:quotes]:
        console.show_quote(quote)
