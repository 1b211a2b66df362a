"""`qa labels`: what people judged of answers, and the annotators of indexed data."""

from typing import Annotated

import typer

from qa_system.cli.options import ConfigOption, ItemOption, JsonOption, StoreOption, settings_of

commands = typer.Typer()


@commands.command(epilog="Example: qa labels --origin person --item HP-100")
def labels(
    store: StoreOption = None,
    item: ItemOption = None,
    origin: Annotated[str | None, typer.Option(help="Only labels of this origin: person, or a source.")] = None,
    label_id: Annotated[str | None, typer.Option("--id", help="Only the label with this id; --json shows it.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Only labels whose reviews have changed since.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Forget these labels instead of listing them.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Labels to list.")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List what people judged of answers, and what came with labelled data."""
    from qa_system import console
    from qa_system.system import QASystem

    if remove and not (item or origin or label_id or stale):
        raise typer.BadParameter("--remove would forget every label: say which with --item, --origin, --id or --stale.")
    with QASystem.open(settings=settings_of(config, store={"path": store})) as qa:
        selected = qa.labels(item_id=item, origin=origin, stale=stale)
        found = [label for label in selected if label_id in (None, label.id)]
        if remove:
            qa.remove_labels(label.id for label in found)
    if remove:
        console.tell(f"{len(found):,} labels removed")
    else:
        console.show_labels(found, limit=limit, as_json=json)
