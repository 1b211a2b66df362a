"""All that a training of an opinions model is about, as its recipe file says it."""

from pathlib import Path

from pydantic import Field, field_validator

from qa_system.dense.model_files import DEFAULT_MODEL
from qa_system.settings import Section
from qa_system.training import recipe_file
from qa_system.training.mixture import TrainingSource
from qa_system.training.opinions.recipe import OpinionRecipe
from qa_system.training.recipe_text import changed, source_table, toml

KIND = "opinions"
DEFAULT_VOCABULARY = 8_000
DEFAULT_LAYERS = 2


class OpinionPlan(Section):
    """
    A training of an opinions model.

    :param base: The encoder that it is cut from: `minilm-review-encoder` (bundled), a folder, or a name on the Hugging
        Face hub.
    :param layers: How many of its layers are kept, from the first on.
    :param vocabulary: Word pieces that are kept: the commonest in what it learns from; 0 for all.
    :param reviews: Rated reviews.
    :param sources: Labelled questions whose answers are opinions.
    :param recipe: How it learns.
    """

    base: str = DEFAULT_MODEL
    layers: int = Field(DEFAULT_LAYERS, ge=1)
    vocabulary: int = Field(DEFAULT_VOCABULARY, ge=0)
    reviews: tuple[TrainingSource, ...] = Field(min_length=1)
    sources: tuple[TrainingSource, ...] = Field(min_length=1)
    recipe: OpinionRecipe = OpinionRecipe()

    @field_validator("reviews", "sources")
    @classmethod
    def _sources_count_alike(cls, sources: tuple[TrainingSource, ...]) -> tuple[TrainingSource, ...]:
        """What is said only of a reader's data would be overlooked."""
        if any(changed(one, TrainingSource(one.path)).keys() - {"license"} for one in sources):
            raise ValueError("data have a path and a license here; weight and style are of a reader's data")
        return sources


def load_plan(recipe: str, data_root: Path | None = None) -> OpinionPlan:
    """
    Read a recipe file.

    :param recipe: A TOML file, or the name of a bundled recipe. The base that it names may be a folder beside it.
    :param data_root: The folder that the paths of its data start from; None for the folder of the file.
    :returns: The training, with data that exist.
    :raises SettingsError: There is no such file, it is no TOML, it says what no recipe says, or data are not there.
    """
    file = recipe_file.locate(recipe, KIND)
    tables = {"recipe": OpinionRecipe, "sources": TrainingSource, "reviews": TrainingSource}
    plan = recipe_file.parse(file, OpinionPlan, tables)
    reviews, sources = (recipe_file.located(each, file, data_root) for each in (plan.reviews, plan.sources))
    recipe_file.check_sources(file, [*reviews, *sources])
    base = recipe_file.model_beside(plan.base, file)
    return plan.model_copy(update={"reviews": reviews, "sources": sources, "base": base})


def plan_text(plan: OpinionPlan) -> str:
    """
    Write a training down as `load_plan` reads it.

    :param plan: The training.
    :returns: TOML.
    """
    facts = {"base": plan.base, "layers": plan.layers, "vocabulary": plan.vocabulary}
    told = [f"{name} = {toml(value)}\n" for name, value in facts.items()]
    told += [_listed(name, each) for name, each in (("reviews", plan.reviews), ("sources", plan.sources))]
    values = changed(plan.recipe, OpinionRecipe())
    return "".join([*told, "\n[recipe]\n", *(f"{name} = {toml(value)}\n" for name, value in values.items())])


def _listed(name: str, sources: tuple[TrainingSource, ...]) -> str:
    rows = "".join(f"  {source_table(source)},\n" for source in sources)
    return f"{name} = [\n{rows}]\n"
