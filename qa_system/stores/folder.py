"""The folder of a store: which format and language it has, whether it can be opened, and what else lies near it."""

import json
import os
from importlib.metadata import version
from pathlib import Path
from threading import get_ident
from typing import Any

from qa_system.errors import StoreError
from qa_system.stores.analysis import LANGUAGES

FORMAT = 1
DEFAULT_LANGUAGE = "english"
_MANIFEST = "store.json"


def check_folder(path: Path, language: str | None) -> str:
    """
    Check that a store of this language is at a path, or that one can be made there.

    :param path: Folder of the store.
    :param language: The language asked for; None for whichever the store has.
    :returns: The language of the store that is or will be there.
    :raises StoreError: Something else is there, or a store of another format or language.
    """
    _require_no_file(path)
    foreign = _visible_names(path)  # listed first: whoever is making the store begins with the manifest
    if (path / _MANIFEST).exists():
        stored = read_language(path)
        if language not in (None, stored):
            raise StoreError(
                f"The store {path} was made for the language {stored!r}, not {language!r}, and keeps it. Leave the "
                "language out (`--language` or the setting `store.language`), or index the reviews into another folder."
            )
        return stored
    if foreign:
        raise StoreError(
            f"{path} is not a store: it has no {_MANIFEST}, but holds {', '.join(foreign[:3])}. Give the folder of a "
            "store, or an empty or new folder."
        )
    return language or DEFAULT_LANGUAGE


def stores_beside(path: str | Path) -> list[Path]:
    """
    List the stores in the folder that a store is in, or would be made in.

    :param path: Folder of a store, which may not exist.
    :returns: Folders of stores, that one too if it exists, sorted.
    """
    return sorted(manifest.parent for manifest in Path(path).expanduser().parent.glob(f"*/{_MANIFEST}"))


def require_store(path: Path) -> None:
    """
    Check that there is a store at a path.

    :param path: Folder of the store.
    :raises StoreError: There is none; the message names the stores beside it and the command that makes one.
    """
    _require_no_file(path)
    if (path / _MANIFEST).exists():
        return
    near = [str(store) for store in stores_beside(path)]
    raise StoreError(
        f"There is no store at {path}. "
        + (f"Stores near it: {', '.join(near[:5])}. " if near else "")
        + f"To make one: qa index SOURCE --store {path}"
    )


def read_language(path: Path) -> str:
    """
    Read which language a store was made for.

    :param path: Folder of a store.
    :returns: One of `analysis.LANGUAGES`.
    :raises StoreError: The manifest is damaged, or of another format.
    """
    manifest = path / _MANIFEST
    try:
        content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        made_with, format_, language = content["created_by"], int(content["format"]), content["language"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _damaged(manifest, repr(error)) from error
    if format_ != FORMAT:
        advice = "Update qa-system" if format_ > FORMAT else "Index the reviews again into a new folder"
        raise StoreError(
            f"The store {path} has format {format_}, made by {made_with}; this is qa-system {version('qa-system')}, "
            f"which reads format {FORMAT}. {advice}."
        )
    if language not in LANGUAGES:
        raise _damaged(manifest, f"there is no language {language!r}")
    return language


def create_folder(path: Path, language: str) -> None:
    """
    Make the folder of a store and its manifest, where there are none.

    :param path: Folder of the store.
    :param language: One of `analysis.LANGUAGES`.
    :raises OSError: The folder cannot be written.
    """
    manifest = path / _MANIFEST
    if manifest.exists():
        return
    path.mkdir(parents=True, exist_ok=True)
    # A hidden name: after a crash here the folder still counts as empty.
    draft = path / f".{_MANIFEST}.{os.getpid()}-{get_ident()}"
    content = {"format": FORMAT, "language": language, "created_by": f"qa-system {version('qa-system')}"}
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(manifest)


def _damaged(manifest: Path, found: str) -> StoreError:
    return StoreError(
        f"{manifest} is damaged ({found}). Index the reviews again into a new folder: qa index SOURCE --store FOLDER"
    )


def _require_no_file(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise StoreError(f"{path} is a file. A store is a folder: give the path of one, or of a folder to be made.")


def _visible_names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir() if not entry.name.startswith(".")) if path.exists() else []
