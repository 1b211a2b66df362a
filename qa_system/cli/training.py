"""`qa train reader` and `qa convert`: labelled questions in, a model or another format out."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_system.cli.options import (
    DataRootOption,
    DeviceOption,
    FormatOption,
    MapOption,
    ModelFolderOption,
    ResumeOption,
    SeedOption,
    TrainingDataOption,
    column_mapping,
)

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from haystack.utils import ComponentDevice

    from qa_system.training.curriculum import Curriculum
    from qa_system.training.mixture import TrainingSource

conversion = typer.Typer()
training = typer.Typer(no_args_is_help=True)

ONLY_STAGE = "reader"
"""What the stage of a training without a recipe file is called."""

_WEIGHTED = re.compile(r"(.+)=(\d*\.?\d+)")


@conversion.command(epilog="Example: qa convert subjqa/electronics --to squad --out electronics.json")
def convert(
    source: Annotated[str, typer.Argument(help="Labelled questions with their reviews: a file or folder.")],
    to: Annotated[str, typer.Option(help="What to write: squad, for SQuAD 2 JSON.")] = "squad",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write.", show_default="stdout")] = None,
    labels: Annotated[bool, typer.Option("--labels", help="SOURCE is a store; convert its labels.")] = False,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
) -> None:
    """Write labelled questions in a format that other tools read."""
    from qa_system import console
    from qa_system.sources import read_questions
    from qa_system.sources.conversion import squad_json

    if to != "squad":
        raise typer.BadParameter(f"--to takes squad, not {to!r}.")
    named = "store" if labels else format
    questions = list(read_questions(source, format=named, mapping=column_mapping(map), on_reject=console.warn))
    console.write_json(squad_json(questions), out)
    if unjudged := sum(not question.labels for question in questions):
        console.warn(f"Questions left out, as nobody said what answers them or that nothing does: {unjudged:,}")


@training.command(epilog="Example: qa train reader --data reviews_qa.jsonl --data subjqa/electronics=2 --out my-reader")
def reader(
    out: ModelFolderOption,
    data: TrainingDataOption = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="TOML file with data, base and all values, in stages; or a bundled recipe."),
    ] = None,
    data_root: DataRootOption = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="What to start from: bundled encoder or reader, folder, or Hugging Face model.",
            show_default="all-MiniLM-L6-v2",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often the data are gone through.", show_default="3")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.", show_default="1.5e-4")] = None,
    layer_decay: Annotated[
        float | None,
        typer.Option(help="Each layer learns at so many times the rate of the one above.", show_default="1"),
    ] = None,
    max_seq_length: Annotated[int | None, typer.Option(help="Longest window, in tokens.", show_default="384")] = None,
    stride: Annotated[int | None, typer.Option(help="Tokens that windows share.", show_default="128")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Tokens in a batch.", show_default="4096")] = None,
    negative_share: Annotated[
        float | None,
        typer.Option(
            help="Samples to add, per question, that put it to a review without the answer.", show_default="0.1"
        ),
    ] = None,
    negatives: Annotated[
        str | None,
        typer.Option(
            help="Such a review: any of the item, or by bm25 one that is like the question.", show_default="item"
        ),
    ] = None,
    teacher: Annotated[
        list[str] | None, typer.Option(help="Reader to learn from besides the labels. May be repeated.")
    ] = None,
    teacher_weight: Annotated[float | None, typer.Option(help="Its share of the loss.", show_default="0.5")] = None,
    seed: SeedOption = None,
    device: DeviceOption = None,
    resume: ResumeOption = False,
    cv: Annotated[
        int | None, typer.Option("--cv", min=2, help="Cross-validate in so many folds instead; publish no model.")
    ] = None,
    replace_if_better: Annotated[
        Path | None, typer.Option(help="Reader whose place the new one takes if it is significantly better.")
    ] = None,
) -> None:
    """Train a reader, calibrate it, and save it where `--reader` finds it."""
    from haystack.utils import ComponentDevice

    from qa_system import console
    from qa_system.training import replacement
    from qa_system.training.mixture import Mixture
    from qa_system.training.stages import train_in_stages

    values = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "layer_decay": layer_decay,
        "max_seq_length": max_seq_length,
        "stride": stride,
        "batch_tokens": batch_tokens,
        "negative_share": negative_share,
        "negatives": negatives,
        "teacher_weight": teacher_weight,
        "seed": seed,
    }
    said = {"data": data, "base": base, "teacher": teacher, **values}
    curriculum = _curriculum(
        recipe, data_root, {name: value for name, value in said.items() if value not in (None, [])}
    )
    last = curriculum.stages[-1]
    where = ComponentDevice.from_str(device) if device else None
    if cv is not None:
        if replace_if_better:
            raise typer.BadParameter("--cv publishes no model that --replace-if-better could put anywhere.")
        _cross_validate(curriculum, out, cv, resume=resume, device=where)
        return
    if replace_if_better:
        held_out = Mixture.load(last.sources).held_out
        replacement.check_replaceable(replace_if_better, out, held_out)
    with told_how_to_resume():
        trained = train_in_stages(
            curriculum,
            out,
            resume=resume,
            device=where,
            on_progress=lambda stage, row: console.tell(row if stage.name == ONLY_STAGE else f"{stage.name}: {row}"),
        )
    console.tell(f"F1 on the validation questions {trained.f1:.3f}; the report is {trained.report}")
    console.tell(f'Use it: qa ask "…" --reader {trained.folder}')
    if replace_if_better:
        console.tell(replacement.replace_if_better(out, replace_if_better, held_out, device=where))


def _cross_validate(
    curriculum: "Curriculum", out: Path, folds: int, *, resume: bool, device: "ComponentDevice | None"
) -> None:
    from qa_system import console
    from qa_system.training.crossvalidation import cross_validate

    if len(curriculum.stages) > 1:
        raise typer.BadParameter(
            f"--cv takes a recipe of one stage, and this one has {len(curriculum.stages)}. Train those before the last "
            "one once, and cross-validate the last one with their model as its base."
        )
    (stage,) = curriculum.stages
    with told_how_to_resume():
        measured = cross_validate(
            stage.sources,
            out,
            folds=folds,
            base=curriculum.base,
            teachers=stage.teachers,
            recipe=stage.recipe,
            resume=resume,
            device=device,
            on_progress=lambda fold, row: console.tell(f"fold {fold} of {folds}: {row}"),
        )
    console.show_markdown(measured.report.read_text(encoding="utf-8"))


def _curriculum(recipe: str | None, data_root: Path | None, said: dict[str, Any]) -> "Curriculum":
    from qa_system.dense.model_files import UNTUNED_MODEL
    from qa_system.training.curriculum import Curriculum, Stage, load_curriculum
    from qa_system.training.recipe import Recipe

    check_said(recipe, data_root, said)
    if recipe is not None:
        return load_curriculum(recipe, data_root)
    sources = map(training_source, said.pop("data"))
    base, teachers = said.pop("base", UNTUNED_MODEL), said.pop("teacher", ())
    stage = Stage(name=ONLY_STAGE, sources=tuple(sources), teachers=tuple(teachers), recipe=Recipe(**said))
    return Curriculum(base=base, stages=(stage,))


def check_said(recipe: str | None, data_root: Path | None, said: Mapping[str, Any]) -> None:
    """
    Make sure that a training is described once.

    :param recipe: A recipe file; None for none.
    :param data_root: Where the paths of the recipe start; None where that was not said.
    :param said: What was said of the training without a recipe file, by name.
    :raises typer.BadParameter: It is described twice, or not at all.
    """
    if recipe is not None and said:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in said)
        raise typer.BadParameter(f"--recipe says all of that itself; leave out {flags}, or copy the file and edit it.")
    if recipe is None and (data_root is not None or "data" not in said):
        raise typer.BadParameter("Say what to train on: --data PATH, once or more, or --recipe FILE with --data-root.")


@contextmanager
def told_how_to_resume() -> Iterator[None]:
    """Say what to do when a training is interrupted."""
    from qa_system import console

    try:
        yield
    except KeyboardInterrupt:
        console.warn("Interrupted. The same command with --resume goes on from the last checkpoint.")
        raise


def training_source(text: str) -> "TrainingSource":
    """
    Read `PATH` or `PATH=WEIGHT`; a path that exists is a path.

    :param text: What was said.
    :returns: The source.
    """
    from qa_system.training.mixture import TrainingSource

    match = None if Path(text).exists() else _WEIGHTED.fullmatch(text)
    return TrainingSource(Path(match[1]), weight=float(match[2])) if match else TrainingSource(Path(text))
