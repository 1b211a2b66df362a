"""Which format a file is of, told from what it contains."""

from contextlib import suppress
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from qa_system.errors import SourceError
from qa_system.sources import amazon, beir, csv, jsonl, parquet, qa_jsonl, squad, store, subjqa
from qa_system.sources.columns import resolve_columns
from qa_system.sources.files import DamagedFileError, byte_lines, source_files
from qa_system.sources.formats import Format, Head
from qa_system.sources.rows import RowError
from qa_system.sources.values import REQUIRED_FIELDS

REGISTRY: tuple[Format, ...] = (
    subjqa.FORMAT,
    squad.FORMAT,
    beir.FORMAT,
    amazon.FORMAT,
    qa_jsonl.FORMAT,
    jsonl.FORMAT,
    csv.FORMAT,
    parquet.FORMAT,
    store.FORMAT,
)
"""The formats, those with known columns before those with any: the first that matches is taken."""

FORMATS: tuple[str, ...] = tuple(known.name for known in REGISTRY)
"""The names of the formats."""

HEAD_LINES = 20
HEAD_BYTES = 2**16
BYTES_SHOWN = 40


def detect_format(path: str | Path) -> str:
    """
    Tell the format of a source.

    :param path: A file, or a folder of files of one format.
    :returns: One of `FORMATS`.
    :raises SourceError: If nothing is there, a file is of no known format, or a folder mixes formats.
    """
    return format_of_files(source_files(path)).name


def format_of_files(files: list[Path]) -> Format:
    """
    Tell the one format of several files.

    :param files: At least one file.
    :returns: The format.
    :raises SourceError: If a file is of no known format, or they differ.
    """
    examples = {_format_of_file(file): file for file in files}
    if len(examples) > 1:
        found = ", ".join(f"{file.name} is {known.name}" for known, file in examples.items())
        raise SourceError(f"The folder {files[0].parent} mixes formats: {found}. Read its files one by one.")
    return next(iter(examples))


def format_named(name: str) -> Format:
    """
    Find a format.

    :param name: One of `FORMATS`.
    :returns: The format.
    :raises SourceError: If there is none of that name.
    """
    for known in REGISTRY:
        if known.name == name:
            return known
    near = get_close_matches(name, FORMATS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise SourceError(f"There is no format {name!r}.{hint} Formats are: {', '.join(FORMATS)}.")


def _format_of_file(path: Path) -> Format:
    if not path.is_file():
        raise SourceError(
            f"{path} is a pipe and can be read only once. Say what it carries: --format {'|'.join(FORMATS)}"
        )
    head = _head(path)
    for known in REGISTRY:
        if known.matches(head):
            return known
    hint = (
        " A JSON array cannot be streamed: write one object per line." if head.start.lstrip().startswith(b"[") else ""
    )
    raise SourceError(
        f"{path} is of no known format: it starts with {head.start[:BYTES_SHOWN]!r}.{hint} "
        f"If you know better, say --format with one of: {', '.join(FORMATS)}."
    )


def _head(path: Path) -> Head:
    lines = _first_lines(path)
    start = b"".join(lines)[:HEAD_BYTES]
    if start.startswith(parquet.PARQUET_MAGIC):
        return Head(path.name, "parquet", frozenset(), start)
    if start.lstrip().startswith(b"["):
        return Head(path.name, "json", frozenset(), start)
    if start.lstrip().startswith(b"{"):
        columns = _json_columns(lines)
        return Head(path.name, "jsonl" if columns else "json", columns, start)
    columns = _header(lines[0])
    is_table = columns and ({".csv", ".tsv"}.intersection(path.suffixes) or _names_a_field(columns))
    return Head(path.name, "csv" if is_table else None, columns, start)


def _first_lines(path: Path) -> list[bytes]:
    lines: list[bytes] = []
    try:
        for line in islice(byte_lines(path), HEAD_LINES):
            lines.append(line)  # one by one: those before the damage count
    except DamagedFileError as error:
        if not lines:
            raise SourceError(f"{path} cannot be read: {error}.") from error
    if not any(line.strip() for line in lines):
        raise SourceError(f"{path} is empty. A source is a file of reviews or labelled questions.")
    return lines


def _json_columns(lines: list[bytes]) -> frozenset[str]:
    columns: set[str] = set()
    for line in lines:
        with suppress(RowError):
            columns |= jsonl.json_object(line).keys()
    return frozenset(columns)


def _header(line: bytes) -> frozenset[str]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return frozenset()
    return frozenset() if "\0" in text else frozenset(csv.header_cells(text, csv.sniff_delimiter(text)))


def _names_a_field(columns: frozenset[str]) -> bool:
    return not resolve_columns(columns, {}).keys().isdisjoint(REQUIRED_FIELDS)
