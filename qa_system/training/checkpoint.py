"""The state of an unfinished training in one file, which is the old or the new one whenever the process is killed."""

import os
from pathlib import Path
from typing import Any

from qa_system.dense.durable import sync_folder


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """
    Write the state of a training.

    :param path: The file; it is replaced when the new one is safely on the disk.
    :param state: Tensors, numbers, texts, and lists and mappings of these.
    """
    import torch

    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """
    Read what `save_checkpoint` wrote.

    :param path: The file.
    :returns: The state, on the CPU.
    """
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)
