"""Recipe files, of whatever is trained: found, read and explained where they are wrong."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from qa_system.errors import SettingsError
from qa_system.settings import Section
from qa_system.training.mixture import TrainingSource

_RECIPES = Path(__file__).parent / "recipes"

Content = TypeVar("Content", bound=Section)


def bundled(kind: str) -> list[str]:
    """
    Name the recipes that come with the package.

    :param kind: What they train, which their names end with.
    :returns: Their names, sorted.
    """
    return sorted(file.stem for file in _RECIPES.glob(f"*-{kind}.toml"))


def locate(recipe: str, kind: str) -> Path:
    """
    Find a recipe.

    :param recipe: A TOML file, or the name of a bundled recipe.
    :param kind: As of `bundled`.
    :returns: The file.
    :raises SettingsError: There is none.
    """
    if recipe in bundled(kind):
        return _RECIPES / f"{recipe}.toml"
    if not Path(recipe).is_file():
        raise SettingsError(
            f"There is no recipe {recipe!r}: it is no file, and the bundled ones are {', '.join(bundled(kind))}."
        )
    return Path(recipe)


def parse(file: Path, content: type[Content], tables: Mapping[str, type]) -> Content:
    """
    Read a recipe file.

    :param file: The file.
    :param content: What it says.
    :param tables: What may stand in the tables of the file, by their names.
    :returns: What it says, with paths as they stand there.
    :raises SettingsError: It is no TOML, or says what no recipe says.
    """
    try:
        return content(**tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        wrong = [f"{file}: {_explain(problem, content, tables)}" for problem in error.errors()]
        raise SettingsError("\n".join(wrong)) from error
    except (SettingsError, ValueError, TypeError) as error:
        raise SettingsError(f"{file}: {error}") from error


def located(sources: Sequence[TrainingSource], file: Path, data_root: Path | None = None) -> tuple[TrainingSource, ...]:
    """
    Say where the sources of a recipe lie.

    :param sources: As the file names them.
    :param file: The file.
    :param data_root: The folder that their paths start from; None for the folder of the file.
    :returns: The sources.
    """
    return tuple(replace(source, path=(data_root or file.parent) / source.path) for source in sources)


def model_beside(name: str, file: Path) -> str:
    """
    Find a model that a recipe names.

    :param name: Its name, or a folder beside the file.
    :param file: The file.
    :returns: The folder, if it is one, else the name.
    """
    return str(file.parent / name) if (file.parent / name).is_dir() else name


def check_sources(file: Path, sources: Sequence[TrainingSource]) -> None:
    """
    Make sure that the data of a recipe are there.

    :param file: The recipe file.
    :param sources: As `located` found them.
    :raises SettingsError: Some are not.
    """
    paths = dict.fromkeys(source.path for source in sources)
    if missing := [str(path) for path in paths if not path.exists()]:
        raise SettingsError(
            f"{file} names data that are not there: {', '.join(missing)}. Say with --data-root which folder its paths "
            "start from."
        )


def _explain(problem: Any, content: type[Section], tables: Mapping[str, type]) -> str:
    *parents, name = (str(part) for part in problem["loc"])
    where = ".".join([*parents, name])
    if problem["type"] not in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{where}: {problem['msg']}, not {problem['input']!r}."
    inside = [part for part in parents if part in tables]
    known = _names(tables[inside[-1]] if inside else content)
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{where} is not known there.{hint} Valid are: {', '.join(known)}."


def _names(table: type) -> list[str]:
    """List what may stand in a table of the file."""
    return [column.name for column in fields(table)] if is_dataclass(table) else list(table.model_fields)  # type: ignore[attr-defined]
