"""`qa tune hybrid`: labelled questions in, the settings that join two rankings best out."""

from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.evaluate import DataArgument, LimitOption, SplitOption, StoreOption, Within
from qa_system.cli.options import ConfigOption, FormatOption, JsonOption, MapOption, column_mapping, settings_of

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from collections.abc import Sequence

    from qa_system.eval.tuning import Tried

commands = typer.Typer()

SHOWN = 10
"""Ways of joining that are listed."""


@commands.command(epilog="Example: qa tune hybrid sample --split dev --store reviews.qa --within item")
def hybrid(
    data: DataArgument,
    store: StoreOption = None,
    split: SplitOption = None,
    limit: LimitOption = None,
    within: Annotated[Within, typer.Option(help="Search the item's reviews or the whole corpus.")] = Within.CORPUS,
    k: Annotated[int, typer.Option("--k", min=1, help="Reviews that are ranked.")] = 10,
    measure: Annotated[
        str | None,
        typer.Option(help="What is to be as high as possible, such as R@10 or nDCG@10.", show_default="RR@k"),
    ] = None,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Find the weights that join BM25 and dense retrieval best."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from qa_system import console
    from qa_system.cli.experiment import DataSet
    from qa_system.eval.asking import Retrieval
    from qa_system.eval.dataset import pooled, sampled
    from qa_system.eval.grounding import checked
    from qa_system.eval.tuning import tuned

    if within is Within.BOTH:
        raise typer.BadParameter("--within takes item or corpus: weights are tuned for one of them.")
    source = DataSet(data, format, column_mapping(map), split)
    questions, _ = source.questions()
    with TemporaryDirectory() as folder, source.system(settings_of(config), store, Path(folder)) as system:
        if store is None:
            source.embed(system)
        asked = sampled(checked(pooled(questions), system.reviews), limit)
        retrieval = Retrieval(system, "hybrid", within.scopes[0], k)
        with console.Progress() as progress:
            tried = tuned(
                asked,
                retrieval,
                measure=measure or f"RR@{k}",
                on_asked=lambda done: progress("asking", done, len(asked)),
            )
    if json:
        console.show_json({"measure": measure or f"RR@{k}", "tried": [_as_json(one) for one in tried]})
    else:
        console.show_markdown(_report(tried, measure or f"RR@{k}"))


def _report(tried: "Sequence[Tried]", measure: str) -> str:
    from qa_system.eval.report.markdown import written
    from qa_system.eval.report.tables import Table
    from qa_system.eval.tuning import USUAL

    columns = ("Fusion", "Dense weight", measure, f"Above {USUAL.fusion}, {USUAL.dense_weight}")
    rows = tuple(_row(one) for one in tried[:SHOWN])
    best = tried[0].joining
    return (
        written(Table("", columns, rows))
        + "\n\nFor `qa.toml`, if the gain is more than noise (its interval leaves out 0), and to be measured on other "
        + "questions than these:\n\n"
        + f'    [retrieval]\n    fusion = "{best.fusion}"\n    dense_weight = {best.dense_weight}\n'
    )


def _row(one: "Tried") -> tuple[str, ...]:
    from qa_system.eval.report.tables import interval, number

    value, gain = (f"{number(part.value)} {interval(part)}" for part in (one.value, one.gain))
    return one.joining.fusion, f"{one.joining.dense_weight:.1f}", value, gain


def _as_json(one: "Tried") -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(one.joining), "value": asdict(one.value), "gain": asdict(one.gain)}
