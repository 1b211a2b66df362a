"""A recipe file: what a reader starts from, and the stages it is trained in, one after the other."""

import tomllib
from collections.abc import Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from qa_system.dense.model_files import DEFAULT_MODEL
from qa_system.errors import SettingsError
from qa_system.settings import Section
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe

_RECIPES = Path(__file__).parent / "recipes"


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

    base: str = DEFAULT_MODEL
    stages: tuple[Stage, ...] = Field(min_length=1)

    @field_validator("stages")
    @classmethod
    def _names_differ(cls, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        if len({stage.name for stage in stages}) < len(stages):
            raise ValueError("two stages have the same name")
        return stages


def bundled_recipes() -> list[str]:
    """
    Name the recipes that come with the package.

    :returns: Their names, sorted.
    """
    return sorted(file.stem for file in _RECIPES.glob("*.toml"))


def load_curriculum(recipe: str, data_root: Path | None = None) -> Curriculum:
    """
    Read a recipe file.

    :param recipe: A TOML file, or the name of a bundled recipe. Models that it names may be folders beside it.
    :param data_root: The folder that the paths of its sources start from; None for the folder of the file.
    :returns: The training, with sources that exist.
    :raises SettingsError: There is no such file, it is no TOML, it says what no recipe says, or a source is not there.
    """
    file = _file(recipe)
    try:
        curriculum = Curriculum(**tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise SettingsError("\n".join(f"{file}: {_explain(problem)}" for problem in error.errors())) from error
    except (SettingsError, ValueError, TypeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    stages = tuple(_located(stage, file.parent, data_root or file.parent) for stage in curriculum.stages)
    _check_sources(file, stages)
    return curriculum.model_copy(update={"base": _model(curriculum.base, file.parent), "stages": stages})


def _file(recipe: str) -> Path:
    if recipe in bundled_recipes():
        return _RECIPES / f"{recipe}.toml"
    if not Path(recipe).is_file():
        raise SettingsError(
            f"There is no recipe {recipe!r}: it is no file, and the bundled ones are {', '.join(bundled_recipes())}."
        )
    return Path(recipe)


def _located(stage: Stage, beside: Path, data_root: Path) -> Stage:
    sources = tuple(replace(source, path=data_root / source.path) for source in stage.sources)
    teachers = tuple(_model(teacher, beside) for teacher in stage.teachers)
    return stage.model_copy(update={"sources": sources, "teachers": teachers})


def _model(name: str, beside: Path) -> str:
    return str(beside / name) if (beside / name).is_dir() else name


def _check_sources(file: Path, stages: Sequence[Stage]) -> None:
    paths = {source.path: None for stage in stages for source in stage.sources}
    if missing := [str(path) for path in paths if not path.exists()]:
        raise SettingsError(
            f"{file} names data that are not there: {', '.join(missing)}. Say with --data-root which folder its paths "
            "start from."
        )


def _explain(problem: Any) -> str:
    *parents, name = (str(part) for part in problem["loc"])
    where = ".".join([*parents, name])
    if problem["type"] not in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{where}: {problem['msg']}, not {problem['input']!r}."
    known = _names([part for part in parents if not part.isdigit()])
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{where} is not known there.{hint} Valid are: {', '.join(known)}."


def _names(table: Sequence[str]) -> list[str]:
    """List what may stand in a table of the file."""
    if not table:
        return list(Curriculum.model_fields)
    known = {"recipe": Recipe, "sources": TrainingSource}
    return [column.name for column in fields(known[table[-1]])] if table[-1] in known else list(Stage.model_fields)
