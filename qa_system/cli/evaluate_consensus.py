"""`qa eval consensus`: labelled questions in, how well it is told what their reviewers agree on out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.evaluate import (
    DEFAULT_OUT,
    DataArgument,
    FreshOption,
    LimitOption,
    OutOption,
    SplitOption,
    StoreOption,
)
from qa_system.cli.options import ConfigOption, FormatOption, JsonOption, MapOption, column_mapping, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.eval.consensus_lines import LineScores
    from qa_system.eval.runs import Run
    from qa_system.records import Question
    from qa_system.system import QASystem

commands = typer.Typer()


@commands.command(epilog="Example: qa eval consensus sample --split test")
def consensus(
    data: DataArgument,
    retriever: Annotated[
        list[str] | None,
        typer.Option("--retriever", "-r", help="bm25, dense or hybrid. May be repeated.", show_default="bm25"),
    ] = None,
    passages: Annotated[
        int | None, typer.Option(min=1, help="Passages of an item to read.", show_default="200")
    ] = None,
    reviewers: Annotated[
        int, typer.Option(min=1, help="Leave out what fewer reviews of the item answer; what none answers is kept.")
    ] = 1,
    summaries: Annotated[bool, typer.Option(help="Measure the pros and cons of the items too.")] = True,
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
    """Measure how well it is told what the reviewers of an item agree on."""
    from functools import partial

    from qa_system import console
    from qa_system.cli.experiment import DataSet
    from qa_system.eval.asking import Retrieval
    from qa_system.eval.consensus_asking import consensus_asker
    from qa_system.eval.consensus_questions import answered_by
    from qa_system.eval.dataset import check_answers, pooled, sampled
    from qa_system.eval.experiment import header, opinion_weights, reader_weights
    from qa_system.eval.folder import Experiment, Folder
    from qa_system.eval.grounding import checked
    from qa_system.pipelines import check_retriever

    names = list(dict.fromkeys(retriever or ["bm25"]))
    for name in names:
        check_retriever(name)
    settings = settings_of(config, consensus={"keep": False})
    reader_weights(settings)
    opinion_weights(settings)  # a model that is not there is told before the reviews are indexed
    source, folder = DataSet(data, format, column_mapping(map), split), Folder(out, fresh)
    questions, unlabelled = source.questions()
    check_answers(questions)
    with source.system(settings, store, out) as system:
        chosen = answered_by(checked(pooled(questions), system.reviews), reviewers)
        asked = sampled(chosen, limit)
        if store is None and names != ["bm25"]:
            source.embed(system)
        depth = passages or settings.consensus.passages
        retrievals = [Retrieval(system, name, "item", depth) for name in names]
        describe = partial(header, asked, kind="consensus", source=data, split=split, unlabelled=unlabelled)
        experiments = [
            Experiment(describe(settings=settings, retrieval=each), partial(consensus_asker, each))
            for each in retrievals
        ]
        with console.Progress() as progress:
            made = folder.run(experiments, asked, progress)
        lines = _line_scores(system, chosen) if summaries else None
    _show(made, lines, page=out / "consensus.html", as_json=json)


def _line_scores(system: "QASystem", questions: "Sequence[Question]") -> "LineScores":
    """Sum the items up, as if for the first time."""
    from qa_system import console
    from qa_system.aspects.records import Summary
    from qa_system.eval.consensus_lines import judged_places, scored
    from qa_system.pipelines import make_summarizer
    from qa_system.reviews import ReviewKey, review_key

    summarizer, language = make_summarizer(system.store, system.settings), system.store.language
    items = list(dict.fromkeys(question.item_id for question in questions if question.item_id is not None))
    summaries: list[Summary] = []
    texts: dict[ReviewKey, str] = {}
    with console.Progress() as progress:
        for number, item_id in enumerate(items, start=1):
            reviews = system.reviews(item_id)
            texts |= {review_key(review): review.content or "" for review in reviews}
            summaries.append(summarizer.run(documents=reviews)["summary"])
            progress("pros and cons", number, len(items))
    return scored(summaries, texts, judged_places(questions, language), language)


def _show(runs: "Sequence[Run]", lines: "LineScores | None", *, page: Path, as_json: bool) -> None:
    from qa_system import console
    from qa_system.eval.consensus_report import line_section, line_summary
    from qa_system.eval.folder import write_file
    from qa_system.eval.report.groups import comparisons
    from qa_system.eval.report.html import html
    from qa_system.eval.report.markdown import markdown
    from qa_system.eval.report.summary import summary
    from qa_system.eval.score import score

    scorecards = [score(run) for run in runs]
    tests, further = comparisons(scorecards), [line_section(lines)] if lines else []
    if as_json:
        told = line_summary(lines) if lines else None
        console.show_json({**summary(scorecards, tests), "pros_and_cons": told})
    else:
        console.show_markdown(markdown(scorecards, tests, further=further))
    write_file(page, html(scorecards, tests, further=further))
    console.tell(f"For a browser: {page}")
