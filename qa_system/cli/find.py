"""`qa find`: the items whose reviewers say that they are what is looked for."""

from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.options import ConfigOption, FilterOption, JsonOption, StoreOption, filters_of, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.aspects.records import FoundItem

commands = typer.Typer()


@commands.command(epilog='Example: qa find "headphones that are good on a plane"')
def find(
    query: Annotated[str, typer.Argument(help="What is looked for, such as: a quiet fridge for a small kitchen.")],
    store: StoreOption = None,
    filter: FilterOption = None,  # noqa: A002
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, help="Items.")] = 5,
    candidates: Annotated[int, typer.Option(min=1, help="Items whose reviews are read.")] = 10,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Rank items by how many of their reviewers say that they are what is looked for, with a quote each."""
    from qa_system import console
    from qa_system.presentation import found_object
    from qa_system.system import QASystem

    with QASystem.open(settings=settings_of(config, store={"path": store})) as qa:
        found = qa.find(query, filters=filters_of(filter, qa), top_k=top_k, candidates=candidates)
    if json:
        console.show_json({"query": query, "items": [found_object(item) for item in found]})
        return
    if not found:
        console.tell("No reviewer speaks of such an item.")
    for item in found:
        _show(item)


def _show(item: "FoundItem") -> None:
    from qa_system import console

    judging = item.supporting.support + item.opposing.support
    quote = item.supporting.quotes[0]
    name = str(quote.document.meta.get("item_name") or "") if quote.document else ""
    console.show_line((item.item_id, "bold"), f"  {name}  {item.supporting.support:,} of {judging:,} reviewers say so")
    console.show_quote(quote)
