"""`qa eval …`: labelled questions in, runs and a report out."""

from enum import StrEnum
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
CutoffsOption = Annotated[str, typer.Option("--k", help="Depths to measure rankings at.")]
StoreOption = Annotated[
    Path | None, typer.Option("--store", "-s", help="Store that holds the reviews.", show_default="one made of DATA")
]
SplitOption = Annotated[str | None, typer.Option(help="Ask this split only, such as test.", show_default="all")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Ask so many, drawn at random.", show_default="all")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for runs and report.")]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Ask everything anew.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Also write the report for a browser to this file.")]


@commands.command(epilog="Example: qa eval retriever sample --retriever bm25 --retriever hybrid --k 1,3,5")
def retriever(
    data: DataArgument,
    retriever: RetrieversOption = None,
    k: CutoffsOption = "1,3,5,10,20",
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
    from qa_system.eval.folder import Folder
    from qa_system.eval.grounding import checked
    from qa_system.eval.imported import imported_run
    from qa_system.eval.retrieval import check_depth, parse_cutoffs
    from qa_system.eval.trec import read_qrels

    cutoffs, names = parse_cutoffs(k), retriever or ["bm25", "dense", "hybrid"]
    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    questions = pooled(source.questions())
    with source.system(settings_of(config), store, out, vectors=names != ["bm25"]) as system:
        corpus = system.review_keys()
        check_depth(cutoffs, len(corpus))
        asked = sampled(checked(questions, system.reviews), limit)
        if qrels:
            asked = read_qrels(qrels, asked, corpus=corpus)
        imported = [imported_run(path, asked, corpus, source=data, split=split) for path in run or []]
        retrievals = [Retrieval(system, name, scope, max(cutoffs)) for scope, name in product(within.scopes, names)]
        askers = [retriever_asker(retrieval) for retrieval in retrievals]
        headers = [
            header(asked, kind="retriever", source=data, split=split, settings=system.settings, retrieval=retrieval)
            for retrieval in retrievals
        ]
        with console.Progress() as progress:
            made = [folder.record(each, asked, ask, progress) for each, ask in zip(headers, askers, strict=True)]
        folder.write_trec(made, asked, corpus)
    show_scores([*made, *imported], cutoffs=cutoffs, page=out / "retriever.html", as_json=json)


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
    from qa_system.eval.folder import Folder
    from qa_system.eval.grounding import checked
    from qa_system.pipelines import make_reader

    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    questions, settings = source.questions(), settings_of(config)
    check_answers(questions)
    needs_store = any(question.context is None for question in questions)
    opened = source.system(settings, store, out, vectors=False) if needs_store else nullcontext(None)
    with opened as system:
        reviews_of = system.reviews if system else lambda item_id: []
        asked = sampled(checked(questions, reviews_of), limit)
        chosen = with_readers(settings, model)
        askers = [reader_asker(make_reader(each), reviews_of) for each in chosen]
        headers = [header(asked, kind="reader", source=data, split=split, settings=each) for each in chosen]
        with console.Progress() as progress:
            made = [folder.record(each, asked, ask, progress) for each, ask in zip(headers, askers, strict=True)]
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
    from qa_system.eval.experiment import header
    from qa_system.eval.folder import Folder
    from qa_system.eval.grounding import checked
    from qa_system.system import QASystem

    names = retriever or ["bm25", "dense", "hybrid"]
    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    questions, settings = pooled(source.questions()), settings_of(config)
    check_answers(questions)
    with source.system(settings, store, out, vectors=names != ["bm25"]) as system:
        asked = sampled(checked(questions, system.reviews), limit)
        depth = passages or settings.retrieval.top_k
        systems = [QASystem(system.store, each) for each in with_readers(settings, reader)]
        retrievals = [Retrieval(*chosen, depth) for chosen in product(systems, names, within.scopes)]
        askers = [pipeline_asker(retrieval) for retrieval in retrievals]
        headers = [
            header(asked, kind="pipeline", source=data, split=split, settings=each.system.settings, retrieval=each)
            for each in retrievals
        ]
        with console.Progress() as progress:
            made = [folder.record(each, asked, ask, progress) for each, ask in zip(headers, askers, strict=True)]
    show_scores(made, cutoffs=None, page=out / "pipeline.html", as_json=json)


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
def report(
    runs: RunsArgument, html: HtmlOption = None, k: CutoffsOption = "1,3,5,10,20", json: JsonOption = False
) -> None:
    """Score runs again, without asking, and show the report on them."""
    from qa_system.cli.experiment import show_scores
    from qa_system.eval.journal import read_run
    from qa_system.eval.retrieval import parse_cutoffs

    show_scores([read_run(path) for path in runs], cutoffs=parse_cutoffs(k), page=html, as_json=json)
