"""`qa ui`: the search page."""

from pathlib import Path
from typing import Annotated

import typer

from qa_system.cli.options import ConfigOption, StoreOption, settings_of

page = typer.Typer()


@page.command(epilog="Example: qa ui --store reviews.qa")
def ui(
    store: StoreOption = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port to listen on.", show_default="first free from 8501")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "localhost",
    reports: Annotated[
        Path | None, typer.Option(help="Folder of the reports of qa eval.", show_default="report")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Open the search page, for people."""
    from qa_system.ui.launch import serve

    settings = settings_of(config, store={"path": store}, ui={"reports": reports})
    serve(settings, host=host, port=port, on_ready=_tell)


def _tell(url: str) -> None:
    typer.echo(f"The page is at {url}  (Ctrl-C ends it)")
