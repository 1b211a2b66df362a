from types import SimpleNamespace

import numpy as np
import pytest

from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.writer import IndexWriter

DIMENSION = 4


def _encoder(name="model-a", weights="a" * 64):
    return SimpleNamespace(identity=EncoderIdentity(name, name, weights, weights), dimension=DIMENSION)


@pytest.fixture
def make_encoder():
    """What an index asks of an encoder that has encoded already."""
    return _encoder


@pytest.fixture
def make_vectors():
    """Random unit vectors (n, 4)."""

    def vectors(count, seed=0):
        drawn = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    return vectors


@pytest.fixture
def write(make_encoder):
    """Write blocks of (ids, items, vectors) to an index, then delete ids."""

    def write_index(path, *blocks, delete=(), encoder=None, rebuild=False):
        with IndexWriter(path, encoder or make_encoder(), rebuild=rebuild) as index:
            for block in blocks:
                index.append(*block)
            if delete:
                index.delete(delete)

    return write_index
