"""Writes that survive a crash of the process or the machine: when a function returns, the bytes are on the disk."""

import os
from pathlib import Path


def write_at(path: Path, offset: int, data: bytes) -> None:
    """
    Write data at an offset of a file and drop whatever came after it.

    :param path: The file, which exists.
    :param offset: Where the data begin, in bytes.
    :param data: The bytes; none only cuts the file.
    :raises OSError: If the disk is full or the file cannot be written.
    """
    with path.open("r+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, text: str) -> None:
    """
    Write a whole file so that a reader finds the old or the new text, never a part.

    :param path: The file.
    :param text: Its new text.
    :raises OSError: If the disk is full or the folder cannot be written; the old file stays.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """
    Make the names of new and renamed files in a folder durable.

    :param folder: The folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
