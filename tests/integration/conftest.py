"""Stores that the integration tests read."""

from pathlib import Path

import pytest

from qa_system import QASystem, index, load_settings
from qa_system.samples import REVIEWS


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled sample, indexed with vectors; not to be written to."""
    store = tmp_path_factory.mktemp("stores") / "sample.qa"
    index(REVIEWS, store, settings=load_settings(overrides={"store": {"path": store}}))
    return store


@pytest.fixture(scope="session")
def system(sample_store: Path) -> QASystem:
    """The system on the bundled sample."""
    return QASystem.open(sample_store)
