"""What all tiers share."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# Before Haystack is imported: a test waits for no server of telemetry, and no failure to reach it stands in its log.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

# No test fails because the machine is slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data that is not committed."""
    folder = Path(os.environ.get("QA_TEST_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"there is no data at {folder}; set QA_TEST_SHARED to the folder that holds data/")
    return folder


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def qa(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the `qa` command in this process, which has Haystack loaded already."""
    from qa_system.cli import main

    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["qa", *map(str, arguments)])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return Ran(code, *capfd.readouterr())

    return run
