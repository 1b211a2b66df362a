"""Finding and opening files: folders, near names, gzip, lines of bytes."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, cast

from qa_system.errors import SourceError

GZIP_MAGIC = b"\x1f\x8b"
UTF8_BOM = b"\xef\xbb\xbf"


class DamagedFileError(Exception):
    """The rest of a file cannot be read; what came before it is good."""


def source_files(path: str | Path) -> list[Path]:
    """
    List the files a source consists of.

    :param path: A file, or a folder of files. `~` is expanded; names in the folder that start with a dot or an
        underscore (`_SUCCESS`, `.part.crc`) are passed over.
    :returns: The file itself, or the folder's files sorted by name.
    :raises SourceError: If nothing is there, or the folder holds no files.
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise SourceError(f"There is no file or folder {path}.{_near_names(path)}")
    if not path.is_dir():
        return [path]
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith((".", "_")))
    files = [entry for entry in entries if entry.is_file()]
    if not files:
        folders = ", ".join(entry.name for entry in entries)
        raise SourceError(
            f"The folder {path} holds no files.{f' Name one of its folders: {folders}.' if folders else ''}"
        )
    return files


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """
    Open a file for reading, unpacking gzip whatever the file is called.

    :param path: A file or a pipe; it is opened once and never sought in.
    :returns: The stream of plain bytes.
    :raises SourceError: If the file cannot be opened.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    with raw:
        is_gzip = raw.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
        yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_gzip else raw


def byte_lines(path: Path) -> Iterator[bytes]:
    """
    Read a file line by line.

    :param path: A text file, plain or gzip.
    :returns: Lines with their ends; a byte order mark is left out.
    :raises DamagedFileError: Where a gzip file breaks off or a disk fails, after the lines before it.
    """
    with open_bytes(path) as stream:
        try:
            yield stream.readline().removeprefix(UTF8_BOM)
            yield from stream
        except (EOFError, OSError, zlib.error) as error:
            raise DamagedFileError(
                f"the file is damaged or cut short, nothing after this line is read ({error})"
            ) from error


def _near_names(path: Path) -> str:
    if not path.parent.is_dir():
        return f" Its folder {path.parent} does not exist either."
    near = get_close_matches(path.name, [entry.name for entry in path.parent.iterdir()])
    return f" Did you mean {' or '.join(str(path.parent / name) for name in near)}?" if near else ""
