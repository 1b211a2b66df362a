"""All that a training of a generator is about, as its recipe file says it."""

from pathlib import Path

from pydantic import Field, field_validator

from qa_system.dense.model_files import DEFAULT_MODEL
from qa_system.settings import Section
from qa_system.training import recipe_file
from qa_system.training.dense.plan import DEFAULT_READER, NO_READER
from qa_system.training.generator.recipe import DenoisingRecipe, GeneratorRecipe
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe_text import changed, source_table, toml

KIND = "generator"
DEFAULT_VOCABULARY = 16_000
DEFAULT_DECODER_LAYERS = 3


class GeneratorPlan(Section):
    """
    A training of a generator.

    :param base: The reader or encoder that it starts from: a bundled model, a folder, or a name on the Hugging Face
        hub.
    :param encoder: What retrieves the passages that it learns from.
    :param vocabulary: Word pieces that it keeps of those of the base: the commonest in what it learns from; 0 for all.
    :param decoder_layers: Layers of the decoder: the first ones of the base.
    :param freeze: Whether the encoder stays as the base is, a reader that knows where answers stand; only the decoder
        learns, and what it is told of the encoder's marks.
    :param reviews: Reviews that it learns to write from; none to leave that stage out.
    :param sources: Labelled questions that it learns to answer.
    :param reader: The reader that the report compares it with, by name or folder; None for no reader.
    :param denoising: How it learns to write.
    :param recipe: How it learns to answer.
    """

    base: str = DEFAULT_READER
    encoder: str = DEFAULT_MODEL
    vocabulary: int = Field(DEFAULT_VOCABULARY, ge=0)
    decoder_layers: int = Field(DEFAULT_DECODER_LAYERS, ge=1)
    freeze: bool = True
    reviews: tuple[TrainingSource, ...] = ()
    sources: tuple[TrainingSource, ...] = Field(min_length=1)
    reader: str | None = DEFAULT_READER
    denoising: DenoisingRecipe = DenoisingRecipe()
    recipe: GeneratorRecipe = GeneratorRecipe()

    @property
    def models(self) -> dict[str, str]:
        """The models that it names, by what they are for."""
        named = {"base": self.base, "encoder": self.encoder, "reader": self.reader}
        return {what: model for what, model in named.items() if model}

    @field_validator("reviews")
    @classmethod
    def _reviews_are_alike(cls, reviews: tuple[TrainingSource, ...]) -> tuple[TrainingSource, ...]:
        """What is said only of questions would be overlooked."""
        if any(changed(one, TrainingSource(one.path)).keys() - {"license"} for one in reviews):
            raise ValueError("reviews have a path and a license; weight and style are of questions")
        return reviews

    @field_validator("reader")
    @classmethod
    def _none_is_a_word(cls, reader: str | None) -> str | None:
        """TOML has no null."""
        return None if reader == NO_READER else reader


def load_plan(recipe: str, data_root: Path | None = None) -> GeneratorPlan:
    """
    Read a recipe file.

    :param recipe: A TOML file, or the name of a bundled recipe. Models that it names may be folders beside it.
    :param data_root: The folder that the paths of its data start from; None for the folder of the file.
    :returns: The training, with data that exist.
    :raises SettingsError: There is no such file, it is no TOML, it says what no recipe says, or data are not there.
    """
    file = recipe_file.locate(recipe, KIND)
    tables = {
        "denoising": DenoisingRecipe,
        "recipe": GeneratorRecipe,
        "sources": TrainingSource,
        "reviews": TrainingSource,
    }
    plan = recipe_file.parse(file, GeneratorPlan, tables)
    reviews, sources = (recipe_file.located(each, file, data_root) for each in (plan.reviews, plan.sources))
    recipe_file.check_sources(file, [*reviews, *sources])
    models = {what: recipe_file.model_beside(model, file) for what, model in plan.models.items()}
    return plan.model_copy(update={"reviews": reviews, "sources": sources, **models})


def plan_text(plan: GeneratorPlan) -> str:
    """
    Write a training down as `load_plan` reads it.

    :param plan: The training.
    :returns: TOML, without what is the default anyway.
    """
    models: dict[str, tuple[object, object]] = {
        "base": (plan.base, None),
        "encoder": (plan.encoder, DEFAULT_MODEL),
        "vocabulary": (plan.vocabulary, DEFAULT_VOCABULARY),
        "decoder_layers": (plan.decoder_layers, DEFAULT_DECODER_LAYERS),
        "freeze": (plan.freeze, True),
        "reader": (plan.reader or NO_READER, DEFAULT_READER),
    }
    told = [f"{name} = {toml(value)}\n" for name, (value, default) in models.items() if value != default]
    told += [_listed(name, each) for name, each in (("reviews", plan.reviews), ("sources", plan.sources)) if each]
    told += [_table("denoising", changed(plan.denoising, DenoisingRecipe()))] if plan.reviews else []
    return "".join([*told, _table("recipe", changed(plan.recipe, GeneratorRecipe()))])


def _listed(name: str, sources: tuple[TrainingSource, ...]) -> str:
    rows = "".join(f"  {source_table(source)},\n" for source in sources)
    return f"{name} = [\n{rows}]\n"


def _table(name: str, values: dict[str, object]) -> str:
    return f"\n[{name}]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in values.items()) if values else ""
