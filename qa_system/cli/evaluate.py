"""`qa eval …`: labelled questions in, runs and a report out."""

from enum import StrEnum
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.options import ConfigOption, FormatOption, JsonOption, MapOption, column_mapping, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.eval.runs import Scope

DEFAULT_OUT = Path("report")


class Within(StrEnum):
    """Where a retriever searches."""

    ITEM = "item"
    CORPUS = "corpus"
    BOTH = "both"

    @property
    def scopes(self) -> "tuple[Scope, ...]":
        """What that means, one after the other."""
        scopes: dict[Within, tuple[Scope, ...]] = {
            Within.ITEM: ("item",),
            Within.CORPUS: ("corpus",),
            Within.BOTH: ("item", "corpus"),
        }
        return scopes[self]


commands = typer.Typer(no_args_is_help=True)

DataArgument = Annotated[
    str, typer.Argument(help="Labelled questions: a file or folder; 'sample' is the bundled sample.")
]
RetrieversOption = Annotated[
    list[str] | None,
    typer.Option("--retriever", "-r", help="bm25, dense or hybrid. May be repeated.", show_default="all three"),
]
CutoffsOption = Annotated[
    str | None, typer.Option("--k", help="Depths to measure rankings at.", show_default="1,3,5,10,20")
]
StoreOption = Annotated[
    str | None, typer.Option("--store", "-s", help="Store that holds the reviews.", show_default="one made of DATA")
]
SplitOption = Annotated[
    str | None,
    typer.Option(help="Ask this split only: test, or held_out, what qa train keeps clear of.", show_default="all"),
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Ask so many, drawn at random.", show_default="all")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for runs and report.")]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Ask everything anew.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Also write the report for a browser to this file.")]


@commands.command(epilog="Example: qa eval retriever sample --retriever bm25 --retriever hybrid --k 1,3,5")
def retriever(
    data: DataArgument,
    retriever: RetrieversOption = None,
    k: CutoffsOption = None,
    within: Annotated[Within, typer.Option(help="Search the item's reviews, the whole corpus, or both.")] = Within.BOTH,
    run: Annotated[
        list[Path] | None, typer.Option("--run", help="Also score this TREC run of another system. May be repeated.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="Judge by these TREC qrels instead of the labels.")] = None,
    store: StoreOption = None,
    split: SplitOption = None,
    limit: LimitOption = None,
    out: OutOption = DEFAULT_OUT,
    fresh: FreshOption = False,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how well the reviews that answer are found."""
    from qa_system import console
    from qa_system.cli.experiment import DataSet, show_scores
    from qa_system.eval.asking import Retrieval, retriever_asker
    from qa_system.eval.dataset import pooled, sampled
    from qa_system.eval.experiment import header
    from qa_system.eval.folder import Experiment, Folder
    from qa_system.eval.grounding import checked
    from qa_system.eval.imported import imported_run
    from qa_system.eval.retrieval import check_depth, parse_cutoffs
    from qa_system.eval.score import CUTOFFS
    from qa_system.eval.trec import read_qrels

    if run and within is Within.BOTH:
        raise typer.BadParameter("--run needs --within item or --within corpus: what was searched for that ranking?")
    wanted, names = parse_cutoffs(k) if k else (), _retrievers(retriever)
    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    questions, unlabelled = source.questions()
    with source.system(settings_of(config), store, out) as system:
        corpus = system.review_keys()
        cutoffs = wanted or [cutoff for cutoff in CUTOFFS if cutoff <= len(corpus)]
        check_depth(cutoffs, len(corpus))
        asked = sampled(checked(pooled(questions), system.reviews), limit)
        if qrels:
            asked = read_qrels(qrels, asked, corpus=corpus)
        scope = within.scopes[0]
        imported = [imported_run(path, asked, corpus, scope=scope, source=data, split=split) for path in run or []]
        if store is None and names != ["bm25"]:
            source.embed(system)
        describe = partial(
            header, asked, kind="retriever", source=data, split=split, unlabelled=unlabelled, settings=system.settings
        )
        retrievals = [Retrieval(system, name, scope, max(cutoffs)) for name, scope in product(names, within.scopes)]
        experiments = [Experiment(describe(retrieval=each), partial(retriever_asker, each)) for each in retrievals]
        with console.Progress() as progress:
            made = folder.run(experiments, asked, progress)
        folder.write_trec(made, asked, corpus)
    kept = [folder.keep(each) for each in imported]
    show_scores([*made, *kept], cutoffs=cutoffs, page=out / "retriever.html", as_json=json)


@commands.command(epilog="Example: qa eval reader sample --limit 50")
def reader(
    data: DataArgument,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="Bundled name, folder, or Hugging Face model. May be repeated.",
            show_default="the bundled",
        ),
    ] = None,
    store: StoreOption = None,
    split: SplitOption = None,
    limit: LimitOption = None,
    out: OutOption = DEFAULT_OUT,
    fresh: FreshOption = False,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how well a reader answers from the right review."""
    from contextlib import nullcontext

    from qa_system import console
    from qa_system.cli.experiment import DataSet, show_scores, with_readers
    from qa_system.eval.asking import reader_asker
    from qa_system.eval.dataset import check_answers, sampled
    from qa_system.eval.experiment import header
    from qa_system.eval.folder import Experiment, Folder
    from qa_system.eval.grounding import checked
    from qa_system.pipelines import make_reader

    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    (questions, unlabelled), settings = source.questions(), settings_of(config)
    check_answers(questions)
    describe = partial(header, kind="reader", source=data, split=split, unlabelled=unlabelled)
    needs_store = store is not None or any(question.context is None for question in questions)
    with source.system(settings, store, out) if needs_store else nullcontext(None) as system:
        reviews_of = system.reviews if system else lambda item_id: []
        asked = sampled(checked(questions, reviews_of), limit)
        experiments = [
            Experiment(describe(asked, settings=each), partial(reader_asker, make_reader(each), reviews_of))
            for each in with_readers(settings, model)
        ]
        with console.Progress() as progress:
            made = folder.run(experiments, asked, progress)
    show_scores(made, cutoffs=None, page=out / "reader.html", as_json=json)


@commands.command(epilog="Example: qa eval pipeline sample --retriever bm25 --passages 5")
def pipeline(
    data: DataArgument,
    retriever: RetrieversOption = None,
    reader: Annotated[
        list[str] | None,
        typer.Option(help="Bundled name, folder, or Hugging Face model. May be repeated.", show_default="the bundled"),
    ] = None,
    passages: Annotated[int | None, typer.Option(min=1, help="Passages to read.", show_default="10")] = None,
    within: Annotated[Within, typer.Option(help="Search the item's reviews, the whole corpus, or both.")] = Within.ITEM,
    store: StoreOption = None,
    split: SplitOption = None,
    limit: LimitOption = None,
    out: OutOption = DEFAULT_OUT,
    fresh: FreshOption = False,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Measure retriever and reader together, and which of them loses what."""
    from qa_system import console
    from qa_system.cli.experiment import DataSet, show_scores, with_readers
    from qa_system.eval.asking import Retrieval, pipeline_asker
    from qa_system.eval.dataset import check_answers, pooled, sampled
    from qa_system.eval.experiment import header, reader_weights
    from qa_system.eval.folder import Experiment, Folder
    from qa_system.eval.grounding import checked
    from qa_system.system import QASystem

    names, settings = _retrievers(retriever), settings_of(config)
    readers = with_readers(settings, reader)
    for each in readers:
        reader_weights(each)  # a model that is not there is told before the reviews are indexed
    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    questions, unlabelled = source.questions()
    check_answers(questions)
    with source.system(settings, store, out) as system:
        asked = sampled(checked(pooled(questions), system.reviews), limit)
        if store is None and names != ["bm25"]:
            source.embed(system)
        describe = partial(header, asked, kind="pipeline", source=data, split=split, unlabelled=unlabelled)
        depth = passages or settings.retrieval.top_k
        systems = [QASystem(system.store, each) for each in readers]
        retrievals = [Retrieval(*chosen, depth) for chosen in product(systems, names, within.scopes)]
        experiments = [
            Experiment(describe(settings=each.system.settings, retrieval=each), partial(pipeline_asker, each))
            for each in retrievals
        ]
        with console.Progress() as progress:
            made = folder.run(experiments, asked, progress)
    show_scores(made, cutoffs=None, page=out / "pipeline.html", as_json=json)


def _retrievers(names: list[str] | None) -> list[str]:
    """Take each retriever once, and unknown ones not at all: told before the reviews are indexed."""
    from qa_system.pipelines import check_retriever

    chosen = list(dict.fromkeys(names or ["bm25", "dense", "hybrid"]))
    for name in chosen:
        check_retriever(name)
    return chosen


RunsArgument = Annotated[list[Path], typer.Argument(help="Run files that `qa eval` wrote.")]


@commands.command(epilog="Example: qa eval compare report/runs/a.jsonl report/runs/b.jsonl --measure F1")
def compare(
    runs: RunsArgument,
    measure: Annotated[
        list[str] | None, typer.Option(help="Compare by this. May be repeated.", show_default="the main ones")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Test which differences between runs over the same questions are more than noise."""
    from qa_system import console
    from qa_system.eval.compare import compare as compare_runs
    from qa_system.eval.journal import read_run
    from qa_system.eval.report.markdown import markdown
    from qa_system.eval.report.summary import summary
    from qa_system.eval.score import score

    comparison = compare_runs([score(read_run(path)) for path in runs], measures=measure)
    if json:
        console.show_json(summary([], [comparison]))
    else:
        console.show_markdown(markdown([], [comparison]))


@commands.command(epilog="Example: qa eval report report/runs/*.jsonl --html report.html")
def report(runs: RunsArgument, html: HtmlOption = None, k: CutoffsOption = None, json: JsonOption = False) -> None:
    """Score runs again, without asking, and show the report on them."""
    from qa_system.cli.experiment import show_scores
    from qa_system.eval.journal import read_run
    from qa_system.eval.retrieval import check_depth, parse_cutoffs

    cutoffs, read = parse_cutoffs(k) if k else None, [read_run(path) for path in runs]
    if cutoffs:
        for run in read:
            check_depth(cutoffs, run.header.corpus or max(cutoffs))
    show_scores(read, cutoffs=cutoffs, page=html, as_json=json)
