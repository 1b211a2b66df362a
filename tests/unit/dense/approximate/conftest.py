from itertools import pairwise
from types import SimpleNamespace

import pytest

from qa_system.dense import kinds
from qa_system.dense.writer import IndexWriter

COUNT = 600


@pytest.fixture(autouse=True)
def _build_of_few(monkeypatch):
    """Build from fewer vectors than is worth it."""
    monkeypatch.setattr(kinds, "FEWEST", 300)


@pytest.fixture
def passages():
    """The 600 passages of an index: their `ids` and `items`."""
    return SimpleNamespace(
        ids=[f"p{number}" for number in range(COUNT)], items=[f"item{number % 7}" for number in range(COUNT)]
    )


@pytest.fixture
def index_of(tmp_path, passages, make_encoder, make_vectors):
    """Write 600 passages, of which a kind is built, once."""

    def write(kind="ivf-sq8", *, blocks=3):
        if (tmp_path / "dense").exists():
            return tmp_path / "dense"
        with IndexWriter(tmp_path / "dense", make_encoder(), kind=kind) as writer:
            vectors = make_vectors(COUNT)
            for start, stop in pairwise(range(0, COUNT + 1, COUNT // blocks)):
                writer.append(passages.ids[start:stop], passages.items[start:stop], vectors[start:stop])
        return tmp_path / "dense"

    return write


@pytest.fixture
def run_job(make_encoder):
    """Change an index as a job does."""

    def run(path, kind="ivf-sq8", *, added=(), delete=(), vectors=None):
        with IndexWriter(path, make_encoder(), kind=kind) as writer:
            if len(added):
                writer.append(added, ["new"] * len(added), vectors)
            if len(delete):
                writer.delete(delete)

    return run
