"""Where the dense index of a store lies."""

from pathlib import Path


def dense_folder(store: str | Path) -> Path:
    """
    Find the dense index that is derived from a store.

    :param store: Folder of the embedded store.
    :returns: The folder of its index; it need not exist.
    """
    return Path(store) / "dense"
