"""All that a training of an encoder is about, as its recipe file says it."""

from pathlib import Path

from pydantic import Field, field_validator

from qa_system.dense.model_files import UNTUNED_MODEL
from qa_system.settings import Section
from qa_system.training import recipe_file
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe_text import changed, source_table, toml

KIND = "encoder"
DEFAULT_READER = "minilm-review-reader"
NO_READER = "none"


class DensePlan(Section):
    """
    A training of an encoder.

    :param base: What it starts from: `all-MiniLM-L6-v2` (bundled), a folder, or a name on the Hugging Face hub.
    :param sources: What it learns from.
    :param reader: The reader that finds false negatives, by name or folder; None for no reader.
    :param recipe: How.
    """

    base: str = UNTUNED_MODEL
    sources: tuple[TrainingSource, ...] = Field(min_length=1)
    reader: str | None = DEFAULT_READER
    recipe: DenseRecipe = DenseRecipe()

    @field_validator("reader")
    @classmethod
    def _none_is_a_word(cls, reader: str | None) -> str | None:
        """TOML has no null."""
        return None if reader == NO_READER else reader


def load_plan(recipe: str, data_root: Path | None = None) -> DensePlan:
    """
    Read a recipe file.

    :param recipe: A TOML file, or the name of a bundled recipe. Models that it names may be folders beside it.
    :param data_root: The folder that the paths of its sources start from; None for the folder of the file.
    :returns: The training, with sources that exist.
    :raises SettingsError: There is no such file, it is no TOML, it says what no recipe says, or a source is not there.
    """
    file = recipe_file.locate(recipe, KIND)
    plan = recipe_file.parse(file, DensePlan, {"recipe": DenseRecipe, "sources": TrainingSource})
    sources = recipe_file.located(plan.sources, file, data_root)
    recipe_file.check_sources(file, sources)
    models = {
        name: recipe_file.model_beside(model, file)
        for name, model in (("base", plan.base), ("reader", plan.reader))
        if model
    }
    return plan.model_copy(update={"sources": sources, **models})


def plan_text(plan: DensePlan) -> str:
    """
    Write a training down as `load_plan` reads it.

    :param plan: The training.
    :returns: TOML, without what is the default anyway.
    """
    listed = "".join(f"  {source_table(source)},\n" for source in plan.sources)
    reader = "" if plan.reader == DEFAULT_READER else f"reader = {toml(plan.reader or NO_READER)}\n"
    values = "".join(f"{name} = {toml(value)}\n" for name, value in changed(plan.recipe, DenseRecipe()).items())
    recipe = f"\n[recipe]\n{values}" if values else ""
    return f"base = {toml(plan.base)}\n{reader}sources = [\n{listed}]\n{recipe}"
