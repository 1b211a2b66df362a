"""What a killed training of an encoder goes on from: the folders that the trainer of transformers writes."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from qa_system.dense.durable import replace_file

_MARK = "complete.json"
KEPT = 2
"""The one before stays until the next is whole."""


@dataclass(frozen=True, slots=True)
class DenseCheckpoint:
    """
    A checkpoint that was written to its end.

    :param folder: Where it is.
    :param log_size: How many bytes the log had then.
    """

    folder: Path
    log_size: int


def mark_complete(folder: Path, *, log_size: int) -> None:
    """
    Say that a checkpoint is whole: the trainer writes its files one by one.

    :param folder: The checkpoint.
    :param log_size: How many bytes the log has.
    """
    replace_file(folder / _MARK, json.dumps({"log_size": log_size}))


def last_checkpoint(folder: Path) -> DenseCheckpoint | None:
    """
    Find what to go on from, and remove what a kill left half-written.

    :param folder: Of the checkpoints.
    :returns: The last whole checkpoint; None if there is none.
    """
    written = sorted(folder.glob("checkpoint-*"), key=lambda one: int(one.name.rpartition("-")[2]))
    whole = [one for one in written if (one / _MARK).exists()]
    for broken in set(written) - set(whole):
        shutil.rmtree(broken)
    if not whole:
        return None
    mark = json.loads((whole[-1] / _MARK).read_text(encoding="utf-8"))
    return DenseCheckpoint(whole[-1], mark["log_size"])


def replace_folder(folder: Path, written: Path) -> None:
    """
    Put a folder in the place of another, so that one of the two is found after a kill: see `restore_folder`.

    :param folder: The old one; it need not exist.
    :param written: The new one.
    """
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    written.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def restore_folder(folder: Path) -> None:
    """
    Bring the old folder back, where a kill came before the new one had its place.

    :param folder: Its place.
    """
    if _old(folder).exists() and not folder.exists():
        _old(folder).rename(folder)


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")
