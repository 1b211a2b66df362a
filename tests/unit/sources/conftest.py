import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_system.records import Rejection


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file; a name that ends in .gz is packed."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_file


@pytest.fixture
def write_jsonl(write: Callable[..., Path]) -> Callable[..., Path]:
    def write_rows(name: str, *rows: dict[str, Any] | str) -> Path:
        return write(name, "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))

    return write_rows


@pytest.fixture
def rejected() -> list[Rejection]:
    """Pass `on_reject=rejected.append`."""
    return []
