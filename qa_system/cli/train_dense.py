"""`qa train dense`: labelled questions in, an encoder for dense retrieval out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_system.cli.options import (
    DataRootOption,
    DeviceOption,
    ModelFolderOption,
    RecipeOption,
    ResumeOption,
    SeedOption,
    TrainingDataOption,
)
from qa_system.cli.training import check_said, told_how_to_resume, training_source

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.training.dense.plan import DensePlan

commands = typer.Typer()


@commands.command(epilog="Example: qa train dense --data reviews_qa.jsonl --data subjqa/electronics=2 --out my-encoder")
def dense(
    out: ModelFolderOption,
    data: TrainingDataOption = None,
    recipe: RecipeOption = None,
    data_root: DataRootOption = None,
    base: Annotated[
        str | None,
        typer.Option(help="What to start from: folder or Hugging Face model.", show_default="all-MiniLM-L6-v2"),
    ] = None,
    pair: Annotated[
        bool | None, typer.Option("--pair", help="An encoder for questions and one for passages, as in DPR.")
    ] = None,
    pooling: Annotated[
        str | None, typer.Option(help="mean or cls, where the base does not say.", show_default="mean")
    ] = None,
    reader: Annotated[
        str | None,
        typer.Option(
            help="Reader that finds which passages of an item answer, or none.", show_default="minilm-review-reader"
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often the data are gone through.", show_default="1")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.", show_default="5e-5")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Questions in a batch.", show_default="64")] = None,
    chunk_size: Annotated[
        int | None, typer.Option(help="Texts at once, where a batch needs too much memory.", show_default="all")
    ] = None,
    max_seq_length: Annotated[
        int | None, typer.Option(help="Tokens read of a text while training.", show_default="256")
    ] = None,
    negatives: Annotated[int | None, typer.Option(help="Hard negatives of each question.", show_default="1")] = None,
    symmetric: Annotated[
        bool | None, typer.Option("--symmetric", help="A passage has to find its question too.")
    ] = None,
    seed: SeedOption = None,
    device: DeviceOption = None,
    resume: ResumeOption = False,
) -> None:
    """Train an encoder for dense retrieval, and save it where `--encoder` finds it."""
    from haystack.utils import ComponentDevice

    from qa_system import console
    from qa_system.training.dense.train import train_encoder

    values = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "chunk_size": chunk_size,
        "max_seq_length": max_seq_length,
        "negatives": negatives,
        "symmetric": symmetric,
        "pair": pair,
        "pooling": pooling,
        "seed": seed,
    }
    said = {"data": data, "base": base, "reader": reader, **values}
    plan = _plan(recipe, data_root, {name: value for name, value in said.items() if value not in (None, [])})
    with told_how_to_resume():
        trained = train_encoder(
            plan,
            out,
            resume=resume,
            device=ComponentDevice.from_str(device) if device else None,
            on_progress=console.tell,
            on_mining=_tell_of_mining,
        )
    console.tell(f"MRR@10 on the validation questions {trained.mrr:.3f}; the report is {trained.report}")
    pair_of = f"{trained.folder}/query --passage-encoder {trained.folder}/passage"
    console.tell(f"Use it: qa index … --encoder {pair_of if trained.is_pair else trained.folder}")


_TOLD_EVERY = 1024


def _tell_of_mining(done: int, total: int) -> None:
    from qa_system import console

    if done == total or done % _TOLD_EVERY == 0:
        console.tell(f"negatives looked for: {done:,} of {total:,} pairs")


def _plan(recipe: str | None, data_root: Path | None, said: dict[str, Any]) -> "DensePlan":
    from qa_system.training.dense.plan import DensePlan, load_plan
    from qa_system.training.dense.recipe import DenseRecipe

    check_said(recipe, data_root, said)
    if recipe is not None:
        return load_plan(recipe, data_root)
    sources = tuple(map(training_source, said.pop("data")))
    models = {name: said.pop(name) for name in ("base", "reader") if name in said}
    return DensePlan(sources=sources, recipe=DenseRecipe(**said), **models)
