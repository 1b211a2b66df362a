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
    return "\n".join([f"base = {_toml(curriculum.base)}\n", *map(_stage, curriculum.stages)])


def _stage(stage: Stage) -> str:
    sources = [{"path": str(source.path)} | _changed(source, TrainingSource(source.path)) for source in stage.sources]
    listed = "".join(f"  {_toml(source)},\n" for source in sources)
    teachers = f"teachers = {_toml(stage.teachers)}\n" if stage.teachers else ""
    values = "".join(f"{name} = {_toml(value)}\n" for name, value in _changed(stage.recipe, Recipe()).items())
    recipe = f"\n[stages.recipe]\n{values}" if values else ""
    return f"[[stages]]\nname = {_toml(stage.name)}\nsources = [\n{listed}]\n{teachers}{recipe}"


def _changed(said: Any, default: Any) -> dict[str, Any]:
    values = {column.name: getattr(said, column.name) for column in fields(said)}
    return {name: value for name, value in values.items() if value != getattr(default, name)}


def _toml(value: Any) -> str:
    """Spell a value; JSON's words for texts, numbers and truth values are TOML's as well."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _toml(name)
