"""`qa …`: the one place that knows every part. Data go to stdout, messages to stderr."""

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_system.errors import QAError

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.queries import Filters
    from qa_system.settings import Settings
    from qa_system.system import QASystem

INTERRUPTED = 130

app = typer.Typer(
    name="qa",
    help="Answers questions from customer reviews, in the reviewers' own words.",
    epilog="Exit codes: 0 done (an abstention too), 1 failed, 2 wrong option or setting, 3 source, 4 store, "
    "5 question, item or filter, 6 model, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

StoreOption = Annotated[
    Path | None, typer.Option("--store", "-s", help="Folder of the store.", show_default="reviews.qa")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file.", show_default="qa.toml, where there is one")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]
ItemOption = Annotated[str | None, typer.Option("--item", "-i", help="Only the reviews of this item.")]
FilterOption = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", help='Only reviews with this metadata: "rating<=2". May be repeated.'),
]
RetrieverOption = Annotated[
    str | None, typer.Option("--retriever", "-r", help="bm25, dense, hybrid or auto.", show_default="auto")
]


@app.callback()
def _global_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error; works anywhere.")] = False,
) -> None:
    pass


@app.command(epilog="Example: qa index reviews.csv --map text=body --map item_id=asin --store reviews.qa")
def index(
    source: Annotated[str, typer.Argument(help="File or folder of reviews; 'sample' is the bundled sample.")],
    store: StoreOption = None,
    format: Annotated[str | None, typer.Option("--format", help="Format of the source; detected by default.")] = None,  # noqa: A002
    map: Annotated[  # noqa: A002
        list[str] | None, typer.Option("--map", help="OURS=THEIRS: their column for our field. May be repeated.")
    ] = None,
    source_name: Annotated[
        str | None, typer.Option(help="Name that --prune knows the source by.", show_default="its path")
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove reviews that the source no longer has.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first row that cannot be read.")] = False,
    vectors: Annotated[bool | None, typer.Option(help="Embed the passages for dense and hybrid retrieval.")] = None,
    rebuild_vectors: Annotated[bool, typer.Option("--rebuild-vectors", help="Embed all passages anew.")] = False,
    language: Annotated[str | None, typer.Option(help="Language of a new store.", show_default="english")] = None,
    encoder: Annotated[str | None, typer.Option(help="sentence-transformers name or folder.")] = None,
    passage_encoder: Annotated[str | None, typer.Option(help="Second encoder of a DPR pair.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write reviews into a store. Run it again after a change or an interruption: only what is missing is written."""
    from qa_system import console
    from qa_system.indexing.documents import IndexReport
    from qa_system.indexing.jobs import index as run_index
    from qa_system.samples import resolve_source

    settings = _settings(
        config,
        store={"path": store, "language": language},
        indexing={"vectors": vectors},
        dense={"query_encoder": encoder, "passage_encoder": passage_encoder},
    )
    mapping = _mapping(map or [])
    report = IndexReport()
    try:
        with console.Progress() as progress:
            run_index(
                resolve_source(source),
                settings=settings,
                report=report,
                source=source_name,
                format=format,
                mapping=mapping,
                prune=prune,
                strict=strict,
                rebuild_vectors=rebuild_vectors,
                on_reject=console.warn,
                progress=progress,
            )
    except KeyboardInterrupt:
        console.warn("Interrupted. What is summed up here is stored; run the same command to go on.")
        console.show_report(report, store=settings.store.path, as_json=json)
        raise
    console.show_report(report, store=settings.store.path, as_json=json)


@app.command(epilog='Example: qa ask "Is the bass any good?" --item HP-100')
def ask(
    question: Annotated[str, typer.Argument(help="The question, in words.")],
    item: ItemOption = None,
    store: StoreOption = None,
    filter: FilterOption = None,  # noqa: A002
    top_k: Annotated[int | None, typer.Option("--top-k", "-k", min=1, help="Answers.", show_default="3")] = None,
    passages: Annotated[int | None, typer.Option(min=1, help="Passages to read.", show_default="10")] = None,
    retriever: RetrieverOption = None,
    reader: Annotated[str | None, typer.Option(help="Reader: bundled name, folder, or Hugging Face model.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question with spans of reviews, or say that the reviews don't."""
    from qa_system import console
    from qa_system.system import QASystem

    settings = _settings(config, store={"path": store}, reader={"model": reader})
    with QASystem.open(settings=settings) as qa:
        result = qa.ask(
            question,
            item_id=item,
            filters=_filters(filter, qa),
            top_k=top_k,
            passages=passages,
            retriever=retriever,
        )
    console.show_result(result, as_json=json)


@app.command(epilog='Example: qa search "battery life" --filter "rating<=2"')
def search(
    query: Annotated[str, typer.Argument(help="A question, or words.")],
    item: ItemOption = None,
    store: StoreOption = None,
    filter: FilterOption = None,  # noqa: A002
    top_k: Annotated[int | None, typer.Option("--top-k", "-k", min=1, help="Passages.", show_default="10")] = None,
    retriever: RetrieverOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find the passages that speak of something."""
    from qa_system import console
    from qa_system.system import QASystem

    with QASystem.open(settings=_settings(config, store={"path": store})) as qa:
        found = qa.search(query, item_id=item, filters=_filters(filter, qa), top_k=top_k, retriever=retriever)
    console.show_passages(query, item, found, as_json=json)


@app.command(epilog="Example: qa items --store reviews.qa")
def items(
    store: StoreOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Items to list.")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the items of a store, most reviewed first."""
    from qa_system import console
    from qa_system.system import QASystem

    with QASystem.open(settings=_settings(config, store={"path": store})) as qa:
        console.show_items(qa.items(), limit=limit, as_json=json)


@app.command(epilog="Example: qa doctor --store reviews.qa")
def doctor(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Check the installation, the models and a store."""
    from qa_system import console
    from qa_system.doctor import checks

    if not console.show_checks(checks(_settings(config, store={"path": store})), as_json=json):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; no traceback reaches a user without `--debug`."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a review may hold what a terminal cannot
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    _silence_libraries()
    try:
        app(prog_name="qa")
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:
        if debug:
            raise
        _fail(error)


def _fail(error: Exception) -> None:
    if isinstance(error, QAError):
        typer.secho(f"Error: {error}", err=True, fg="red")
        raise SystemExit(error.exit_code) from None
    typer.secho(f"Unexpected {type(error).__name__}: {error}", err=True, fg="red")
    typer.secho("Run the command with --debug and report what it shows.", err=True)
    raise SystemExit(QAError.exit_code) from None


def _silence_libraries() -> None:
    """No telemetry, and nobody's progress bars but ours."""
    os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    logging.getLogger("transformers").setLevel(logging.ERROR)


def _settings(config: Path | None, **overrides: dict[str, Any]) -> "Settings":
    from qa_system.settings import load_settings

    return load_settings(config, overrides)


def _filters(expressions: list[str] | None, qa: "QASystem") -> "Filters | None":
    from qa_system.queries import parse_filters

    return parse_filters(expressions, qa.store.get_metadata_fields_info()) if expressions else None


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise typer.BadParameter(f"--map takes OURS=THEIRS, such as --map text=body, not {pair!r}.")
        if ours in mapping:
            raise typer.BadParameter(f"--map names a column for {ours} twice: {mapping[ours]} and {theirs}.")
        mapping[ours] = theirs
    return mapping


if __name__ == "__main__":
    main()
