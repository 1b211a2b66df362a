"""What is dear to make, kept in the cache folder of the user: made once, by one process, and checked when read."""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from filelock import FileLock

_DIGEST_BYTES = 32


def artifact(name: str, make: Callable[[], bytes]) -> bytes:
    """
    Read an artifact, or make and keep it where there is none or a damaged one.

    Processes that want it at the same time wait for the one that makes it.

    :param name: Its file name, which has to change whenever what it is made from does.
    :param make: Makes it.
    :returns: The artifact.
    :raises OSError: The cache folder cannot be written to, or the disk is full.
    """
    path = cache_folder() / name
    if (found := _read(path)) is not None:
        return found
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if (found := _read(path)) is not None:
            return found
        made = make()
        _write(path, made)
        return made


def cache_folder() -> Path:
    """
    Locate the artifacts of this user. All of them can be deleted at any time.

    :returns: `qa-system/models` in `$XDG_CACHE_HOME`, which is `~/.cache` where it is not set.
    :raises FileNotFoundError: There is no home folder.
    """
    cache = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(cache) if cache else Path.home() / ".cache") / "qa-system" / "models"
    except RuntimeError as error:
        raise FileNotFoundError("this user has no home folder") from error


def _read(path: Path) -> bytes | None:
    try:
        stored = path.read_bytes()
    except FileNotFoundError:
        return None
    digest, data = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
    return data if digest == _digest(data) else None


def _write(path: Path, data: bytes) -> None:
    """Replace the file in one step. The caller holds the lock; what a crash of the machine tears, its digest shows."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(_digest(data) + data)
    temporary.replace(path)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()
