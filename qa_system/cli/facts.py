"""`qa facts`: the same questions about several items, as a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.options import ConfigOption, JsonOption, StoreOption, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.aspects.records import FactRow

commands = typer.Typer()


@commands.command(epilog='Example: qa facts HP-100 TN-520 --ask "How long does the battery last?"')
def facts(
    items: Annotated[list[str] | None, typer.Argument(metavar="ITEM…", help="The items.", show_default=False)] = None,
    ask: Annotated[list[str] | None, typer.Option("--ask", "-a", help="A question. May be repeated.")] = None,
    all_items: Annotated[bool, typer.Option("--all", help="Ask about every item.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Table to write, .csv or .parquet.")] = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Ask the same questions about several items, and put what most reviewers state into a table."""
    from qa_system import console
    from qa_system.fact_table import check_table, write_table
    from qa_system.presentation import fact_object
    from qa_system.system import QASystem

    if bool(items) == all_items:
        raise typer.BadParameter("Name items, or take all of them with --all; one of the two.")
    if out is not None:
        check_table(out)
    with QASystem.open(settings=settings_of(config, store={"path": store})) as qa, console.Progress() as progress:
        rows = qa.facts(items or None, ask or [], progress=progress)
    if out is not None:
        write_table(rows, out)
        console.tell(f"{len(rows):,} rows written to {out}")
    if json:
        console.show_json({"facts": [fact_object(row) for row in rows]})
    elif out is None:
        _show(rows)


def _show(rows: "list[FactRow]") -> None:
    from qa_system import console

    several = len({row.question for row in rows}) > 1
    table = [
        (row.item_id, *([row.question] if several else []), row.answer or "the reviews don't say", _support(row))
        for row in rows
    ]
    console.show_table(["item", *(["question"] if several else []), "answer", "reviewers"], table)


def _support(row: "FactRow") -> str:
    leading = row.consensus.leading
    return f"{leading.support} of {row.consensus.speaking}" if leading else ""
