"""A training written down as the recipe file that repeats it."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from qa_system.training.curriculum import Curriculum, Stage
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe


def recipe_text(curriculum: Curriculum) -> str:
    """
    Write a training down as `load_curriculum` reads it.

    :param curriculum: The training.
    :returns: TOML, without what is the default anyway.
    """
    return "\n".join([f"base = {toml(curriculum.base)}\n", *map(_stage, curriculum.stages)])


def _stage(stage: Stage) -> str:
    listed = "".join(f"  {source_table(source)},\n" for source in stage.sources)
    teachers = f"teachers = {toml(stage.teachers)}\n" if stage.teachers else ""
    values = "".join(f"{name} = {toml(value)}\n" for name, value in changed(stage.recipe, Recipe()).items())
    recipe = f"\n[stages.recipe]\n{values}" if values else ""
    return f"[[stages]]\nname = {toml(stage.name)}\nsources = [\n{listed}]\n{teachers}{recipe}"


def source_table(source: TrainingSource) -> str:
    """
    Spell a source as a recipe file lists it.

    :param source: The source.
    :returns: An inline table, without what is the default.
    """
    return toml({"path": str(source.path)} | changed(source, TrainingSource(source.path)))


def changed(said: Any, default: Any) -> dict[str, Any]:
    """
    Find what is not the default.

    :param said: A dataclass.
    :param default: Another of its kind.
    :returns: The values of the first that the second has otherwise, by name.
    """
    values = {column.name: getattr(said, column.name) for column in fields(said)}
    return {name: value for name, value in values.items() if value != getattr(default, name)}


def toml(value: Any) -> str:
    """
    Spell a value; JSON's words for texts, numbers and truth values are TOML's as well.

    :param value: A text, number, truth value, list or table.
    :returns: TOML on one line.
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else toml(name)
