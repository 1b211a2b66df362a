"""A journal: one JSON record a line, each behind its checksum, so that a torn end is told from a written one."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

_PAYLOAD_START = 9  # after the eight hexadecimal digits of a CRC-32 and a space


def encode_record(record: Mapping[str, Any]) -> bytes:
    """
    Spell a record as a line of the journal.

    :param record: What JSON can hold.
    :returns: `checksum record` and a line feed.
    """
    return _frame(json.dumps(record, separators=(",", ":")).encode())


def read_records(path: Path, offset: int) -> Iterator[tuple[dict[str, Any], int]]:
    """
    Read the records from an offset on, as far as they are whole.

    :param path: The journal.
    :param offset: Where a line begins, in bytes.
    :returns: Each record with the offset of the line after it. Ends before the first line that is cut off or whose
        checksum is wrong.
    """
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            record = _decode(line)
            if record is None:
                return
            offset += len(line)
            yield record, offset


def _decode(line: bytes) -> dict[str, Any] | None:
    payload = line[_PAYLOAD_START:-1]
    return json.loads(payload) if line == _frame(payload) else None


def _frame(payload: bytes) -> bytes:
    return b"%08x %b\n" % (crc32(payload), payload)
