"""`qa train generator`: reviews and labelled questions in, a generator for RAG out."""

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
    from qa_system.training.generator.plan import GeneratorPlan

commands = typer.Typer()


@commands.command(
    epilog="Example: qa train generator --reviews amazon_reviews --data reviews_qa.jsonl --out my-generator"
)
def generator(
    out: ModelFolderOption,
    data: TrainingDataOption = None,
    reviews: Annotated[
        list[Path] | None,
        typer.Option("--reviews", help="Reviews to learn to write from: of any source, or a review a line in .txt."),
    ] = None,
    recipe: RecipeOption = None,
    data_root: DataRootOption = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="Reader or encoder to start from: folder or Hugging Face model.", show_default="minilm-review-reader"
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="Encoder that finds the passages it learns from.", show_default="minilm-review-encoder"),
    ] = None,
    vocabulary: Annotated[
        int | None, typer.Option(min=0, help="Word pieces that it keeps; 0 for all.", show_default="16000")
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help="token or sequence: which marginal it learns.", show_default="token")
    ] = None,
    passages: Annotated[
        int | None, typer.Option(min=1, help="Passages that a question is asked of.", show_default="4")
    ] = None,
    end_to_end: Annotated[
        bool | None, typer.Option("--end-to-end", help="The encoder of questions learns along.")
    ] = None,
    reader: Annotated[
        str | None,
        typer.Option(help="Reader that the report compares it with, or none.", show_default="minilm-review-reader"),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often the questions are gone through.", show_default="2")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.", show_default="1e-4")] = None,
    seed: SeedOption = None,
    device: DeviceOption = None,
    resume: ResumeOption = False,
) -> None:
    """Train a generator that writes answers from passages, and save it where the setting rag.model finds it."""
    from haystack.utils import ComponentDevice

    from qa_system import console
    from qa_system.training.generator.train import train_generator

    values = {
        "variant": variant,
        "passages": passages,
        "end_to_end": end_to_end,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    models = {"base": base, "encoder": encoder, "vocabulary": vocabulary, "reader": reader}
    said = {"data": data, "reviews": reviews, **models, **values}
    plan = _plan(recipe, data_root, {name: value for name, value in said.items() if value not in (None, [])})
    with told_how_to_resume():
        trained = train_generator(
            plan,
            out,
            resume=resume,
            device=ComponentDevice.from_str(device) if device else None,
            on_progress=lambda stage, row: console.tell(f"{stage}: {row}"),
        )
    console.tell(f"F1 on the validation questions {trained.f1:.3f}; the report is {trained.report}")
    console.tell(f'Use it: QA_RAG__MODEL={trained.folder} qa ask "…" --generator rag')


def _plan(recipe: str | None, data_root: Path | None, said: dict[str, Any]) -> "GeneratorPlan":
    from qa_system.training.generator.plan import GeneratorPlan, load_plan
    from qa_system.training.generator.recipe import GeneratorRecipe
    from qa_system.training.mixture import TrainingSource

    check_said(recipe, data_root, said)
    if recipe is not None:
        return load_plan(recipe, data_root)
    sources, reviews = map(training_source, said.pop("data")), map(TrainingSource, said.pop("reviews", ()))
    models = {name: said.pop(name) for name in ("base", "encoder", "vocabulary", "reader") if name in said}
    return GeneratorPlan(sources=tuple(sources), reviews=tuple(reviews), recipe=GeneratorRecipe(**said), **models)
