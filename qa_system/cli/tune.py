"""`qa tune`: measure on a store's own data which settings serve it best."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.options import ConfigOption, FormatOption, JsonOption, StoreOption, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    import numpy as np

    from qa_system.dense.tuning import Tuning
    from qa_system.settings import IndexKind, Settings
    from qa_system.stores.protocol import ReviewStore

commands = typer.Typer(no_args_is_help=True)


class Kind(StrEnum):
    """What can be built for searches over all vectors."""

    HNSW = "hnsw"
    IVF = "ivf"
    IVF_SQ8 = "ivf-sq8"
    IVF_PQ = "ivf-pq"


@commands.callback()
def _group() -> None:
    pass


@commands.command(epilog="Example: qa tune dense --store reviews.qa --recall 0.98 --dry-run")
def dense(
    store: StoreOption = None,
    recall: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the nearest passages that a search is to find.")
    ] = 0.95,
    k: Annotated[int, typer.Option("--k", min=1, help="Nearest passages that are looked for.")] = 10,
    sample: Annotated[int, typer.Option("--sample", min=1, help="Queries to measure with.")] = 200,
    questions: Annotated[
        str | None,
        typer.Option(help="File or folder of questions to measure with.", show_default="stored passages"),
    ] = None,
    format: FormatOption = None,  # noqa: A002
    kind: Annotated[
        list[Kind] | None, typer.Option(help="Kind to try besides exact search; may be repeated.", show_default="all")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the passages to measure with.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be chosen.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find the quickest search over all vectors that finds enough of the nearest."""
    from contextlib import closing
    from dataclasses import asdict

    import numpy as np

    from qa_system import console
    from qa_system.dense.layout import dense_folder
    from qa_system.dense.measuring import Sample
    from qa_system.dense.tuning import tune
    from qa_system.dense.writer import locked_log
    from qa_system.stores.opening import open_store

    settings = settings_of(config, store={"path": store})
    with closing(open_store(None, settings)) as opened, console.Progress() as progress:
        folder = dense_folder(_store_with_files(opened).path)
        with locked_log(folder) as log:
            if questions is None:
                asked = Sample.of_log(log, size=sample, top_k=k, seed=seed)
            else:
                queries = _encoded(questions, format, opened, settings, limit=sample)
                asked = Sample.of_queries(log, queries, np.full(len(queries), -1), top_k=k)
            kinds: list[IndexKind] = [one.value for one in kind or Kind]
            tuning = tune(folder, log, asked, kinds=kinds, recall=recall, apply=not dry_run, progress=progress)
    if json:
        console.show_json({**asdict(tuning), "applied": not dry_run})
    else:
        console.show_markdown(_report(tuning, k=k, applied=not dry_run))


def _store_with_files(store: "ReviewStore") -> "ReviewStore":
    from qa_system.errors import SettingsError

    if store.keeps_vectors:
        raise SettingsError(
            f"{store.address} keeps its vectors itself and searches them in its own way; there is nothing to tune. "
            "`qa tune dense` is for vectors in files: elasticsearch.vectors = false."
        )
    return store


def _encoded(
    source: str, format_name: str | None, store: "ReviewStore", settings: "Settings", *, limit: int
) -> "np.ndarray":
    from itertools import islice

    from qa_system import console
    from qa_system.dense.vectors import encoder_of, vectors_of
    from qa_system.errors import SourceError
    from qa_system.sources import read_questions

    found = read_questions(source, format=format_name, on_reject=console.warn)
    texts = list(islice(dict.fromkeys(question.text for question in found), limit))
    if not texts:
        raise SourceError(f"There are no questions in {source}. Leave out --questions to measure with stored passages.")
    return encoder_of(vectors_of(store), settings.dense).encode_queries(texts)


def _report(tuning: "Tuning", *, k: int, applied: bool) -> str:
    from qa_system.eval.report.markdown import written
    from qa_system.eval.report.tables import Table

    columns = ("Kind", "Effort", f"Recall@{k}", "p50 ms", "Build s", "MB")
    rows = tuple(
        (
            one.kind,
            f"{one.effort}" if one.effort else "",
            f"{one.recall:.3f}",
            f"{one.milliseconds:.2f}",
            f"{one.build_seconds:.1f}",
            f"{one.megabytes:,.1f}",
        )
        for one in tuning.measured
    )
    chosen = "is used from now on" if applied else "would be chosen"
    return (
        written(Table("", columns, rows, words=1))
        + f"\n\n{tuning.best.kind} {chosen}, as the quickest that finds enough. Effort is `nprobe` of an IVF and "
        + "`ef_search` of an HNSW.\n"
    )
