"""`qa train opinions`: rated reviews and labelled questions in, a model that knows praise from blame out."""

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
from qa_system.cli.training import check_said, told_how_to_resume

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.training.opinions.plan import OpinionPlan

commands = typer.Typer()


@commands.command(
    epilog="Example: qa train opinions --reviews amazon_reviews --data absa_oats_templated.jsonl.gz --out my-opinions"
)
def opinions(
    out: ModelFolderOption,
    data: TrainingDataOption = None,
    reviews: Annotated[
        list[Path] | None,
        typer.Option("--reviews", help="Rated reviews: of any source, or `RATING #### review` a line in .txt."),
    ] = None,
    recipe: RecipeOption = None,
    data_root: DataRootOption = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="Encoder to cut it from: folder or Hugging Face model.", show_default="minilm-review-encoder"
        ),
    ] = None,
    layers: Annotated[int | None, typer.Option(min=1, help="Layers that it keeps.", show_default="2")] = None,
    vocabulary: Annotated[
        int | None, typer.Option(min=0, help="Word pieces that it keeps; 0 for all.", show_default="8000")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="How often samples are drawn.", show_default="2")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.", show_default="4e-4")] = None,
    seed: SeedOption = None,
    device: DeviceOption = None,
    resume: ResumeOption = False,
) -> None:
    """Train a model that tells praise from blame and finds what reviews speak of."""
    from haystack.utils import ComponentDevice

    from qa_system import console
    from qa_system.training.opinions.train import train_opinions

    values = {"epochs": epochs, "learning_rate": learning_rate, "seed": seed}
    said = {"data": data, "reviews": reviews, "base": base, "layers": layers, "vocabulary": vocabulary, **values}
    plan = _plan(recipe, data_root, {name: value for name, value in said.items() if value not in (None, [])})
    with told_how_to_resume():
        trained = train_opinions(
            plan,
            out,
            resume=resume,
            device=ComponentDevice.from_str(device) if device else None,
            on_progress=console.tell,
        )
    console.tell(f"Macro-F1 of polarities {trained.polarity:.3f}, F1 of aspects {trained.aspects:.3f}")
    console.tell(f"The report is {trained.report}")


def _plan(recipe: str | None, data_root: Path | None, said: dict[str, Any]) -> "OpinionPlan":
    from qa_system.training.mixture import TrainingSource
    from qa_system.training.opinions.plan import OpinionPlan, load_plan
    from qa_system.training.opinions.recipe import OpinionRecipe

    check_said(recipe, data_root, said)
    if recipe is not None:
        return load_plan(recipe, data_root)
    if "reviews" not in said:
        raise typer.BadParameter("Say with --reviews where rated reviews are: polarities are learned from ratings.")
    sources, reviews = (tuple(map(TrainingSource, map(Path, said.pop(name)))) for name in ("data", "reviews"))
    models = {name: said.pop(name) for name in ("base", "layers", "vocabulary") if name in said}
    return OpinionPlan(sources=sources, reviews=reviews, recipe=OpinionRecipe(**said), **models)
