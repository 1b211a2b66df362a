"""A recipe file: what a reader starts from, and the stages it is trained in, one after the other."""

from pathlib import Path

from pydantic import Field, field_validator

from qa_system.dense.model_files import UNTUNED_MODEL
from qa_system.settings import Section
from qa_system.training import recipe_file
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe

KIND = "reader"


class Stage(Section):
    """
    A part of a training, with data and a recipe of its own.

    :param name: What it is called, also on disk.
    :param sources: What it learns from.
    :param teachers: Readers that it learns from besides, by name or folder.
    :param recipe: How.
    """

    name: str = Field(pattern=r"^[\w-]+$")
    sources: tuple[TrainingSource, ...] = Field(min_length=1)
    teachers: tuple[str, ...] = ()
    recipe: Recipe = Recipe()


class Curriculum(Section):
    """
    A training in stages: each starts from the best model of the one before.

    :param base: What the first stage starts from, as of `train_reader`.
    :param stages: The stages, in order.
    """

    base: str = UNTUNED_MODEL
    stages: tuple[Stage, ...] = Field(min_length=1)

    @field_validator("stages")
    @classmethod
    def _names_differ(cls, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        if len({stage.name for stage in stages}) < len(stages):
            raise ValueError("two stages have the same name")
        return stages


def bundled_recipes() -> list[str]:
    """
    Name the recipes of readers that come with the package.

    :returns: Their names, sorted.
    """
    return recipe_file.bundled(KIND)


def load_curriculum(recipe: str, data_root: Path | None = None) -> Curriculum:
    """
    Read a recipe file.

    :param recipe: A TOML file, or the name of a bundled recipe. Models that it names may be folders beside it.
    :param data_root: The folder that the paths of its sources start from; None for the folder of the file.
    :returns: The training, with sources that exist.
    :raises SettingsError: There is no such file, it is no TOML, it says what no recipe says, or a source is not there.
    """
    file = recipe_file.locate(recipe, KIND)
    curriculum = recipe_file.parse(file, Curriculum, {"stages": Stage, "recipe": Recipe, "sources": TrainingSource})
    stages = tuple(_located(stage, file, data_root) for stage in curriculum.stages)
    recipe_file.check_sources(file, [source for stage in stages for source in stage.sources])
    base = recipe_file.model_beside(curriculum.base, file)
    return curriculum.model_copy(update={"base": base, "stages": stages})


def _located(stage: Stage, file: Path, data_root: Path | None) -> Stage:
    sources = recipe_file.located(stage.sources, file, data_root)
    teachers = tuple(recipe_file.model_beside(teacher, file) for teacher in stage.teachers)
    return stage.model_copy(update={"sources": sources, "teachers": teachers})
