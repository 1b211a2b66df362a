"""The commands of the main job: index, ask, search, items, doctor."""

from typing import Annotated

import typer

from qa_system.cli.options import (
    ConfigOption,
    ConsensusOption,
    FilterOption,
    FormatOption,
    GeneratorOption,
    ItemOption,
    JsonOption,
    MapOption,
    MinSupportOption,
    RetrieverOption,
    StoreOption,
    column_mapping,
    filters_of,
    settings_of,
)

commands = typer.Typer()


@commands.command(epilog="Example: qa index reviews.csv --map text=body --map item_id=asin --store reviews.qa")
def index(
    source: Annotated[str, typer.Argument(help="File or folder of reviews; 'sample' is the bundled sample.")],
    store: StoreOption = None,
    questions: Annotated[
        str | None, typer.Option(help="Labelled questions on these reviews.", show_default="those that SOURCE holds")
    ] = None,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
    source_name: Annotated[
        str | None, typer.Option(help="Name that --prune knows the source by.", show_default="its path")
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove reviews that the source no longer has.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first row that cannot be read.")] = False,
    vectors: Annotated[bool | None, typer.Option(help="Embed the passages for dense and hybrid retrieval.")] = None,
    rebuild_vectors: Annotated[bool, typer.Option("--rebuild-vectors", help="Embed all passages anew.")] = False,
    reindex: Annotated[
        bool, typer.Option("--reindex", help="Build a new index of a cluster from SOURCE, then swap it in.")
    ] = False,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only this share: machine I of N.", show_default="all")
    ] = None,
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
    from qa_system.indexing.shard import WHOLE, Shard
    from qa_system.samples import questions_on, resolve_source

    settings = settings_of(
        config,
        store={"path": store, "language": language},
        indexing={"vectors": vectors},
        dense={"query_encoder": encoder, "passage_encoder": passage_encoder},
    )
    mapping = column_mapping(map)
    report, path = IndexReport(), resolve_source(source)
    try:
        with console.Progress() as progress:
            run_index(
                path,
                questions=questions or questions_on(path),
                settings=settings,
                report=report,
                source=source_name,
                format=format,
                mapping=mapping,
                prune=prune,
                strict=strict,
                rebuild_vectors=rebuild_vectors,
                reindex=reindex,
                shard=Shard.parse(shard) if shard else WHOLE,
                on_reject=console.warn,
                progress=progress,
            )
    except KeyboardInterrupt:
        console.warn("Interrupted. What is summed up here is stored; run the same command to go on.")
        console.show_report(report, store=settings.store.address, as_json=json)
        raise
    console.show_report(report, store=settings.store.address, as_json=json)


@commands.command(epilog='Example: qa ask "Is the bass any good?" --item HP-100')
def ask(
    question: Annotated[str, typer.Argument(help="The question, in words.")],
    item: ItemOption = None,
    store: StoreOption = None,
    filter: FilterOption = None,  # noqa: A002
    top_k: Annotated[int | None, typer.Option("--top-k", "-k", min=1, help="Answers.", show_default="3")] = None,
    passages: Annotated[
        int | None, typer.Option(min=1, help="Passages to read.", show_default="10; 200 with --consensus")
    ] = None,
    consensus: ConsensusOption = False,
    retriever: RetrieverOption = None,
    reader: Annotated[str | None, typer.Option(help="Reader: bundled name, folder, or Hugging Face model.")] = None,
    generator: GeneratorOption = None,
    min_support: MinSupportOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question with spans of reviews or, by a generator, with what they support; or say that they don't."""
    from qa_system.cli import agreed, written
    from qa_system.system import QASystem

    settings = settings_of(config, store={"path": store}, reader={"model": reader})
    with QASystem.open(settings=settings) as qa, written.draft(as_json=json) as on_token:
        result = qa.ask(
            question,
            item_id=item,
            filters=filters_of(filter, qa),
            top_k=top_k,
            passages=passages,
            retriever=retriever,
            consensus=consensus,
            mode="generate" if generator else "extract",
            generator=generator,
            min_support=min_support,
            on_token=on_token if generator else None,
        )
    if result.consensus and not json:
        agreed.show_consensus(result.consensus)
    else:
        written.show_result(result, as_json=json)


@commands.command(epilog='Example: qa search "battery life" --filter "rating<=2"')
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

    with QASystem.open(settings=settings_of(config, store={"path": store})) as qa:
        found = qa.search(query, item_id=item, filters=filters_of(filter, qa), top_k=top_k, retriever=retriever)
    console.show_passages(query, item, found, as_json=json)


@commands.command(epilog="Example: qa items --store reviews.qa")
def items(
    store: StoreOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Items to list.")] = 50,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the items of a store, most reviewed first."""
    from qa_system import console
    from qa_system.system import QASystem

    with QASystem.open(settings=settings_of(config, store={"path": store})) as qa:
        console.show_items(qa.items(), limit=limit, as_json=json)


@commands.command(epilog="Example: qa doctor --store reviews.qa")
def doctor(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Check the installation, the models and a store."""
    from qa_system import console
    from qa_system.doctor import checks

    if not console.show_checks(checks(settings_of(config, store={"path": store})), as_json=json):
        raise typer.Exit(1)
