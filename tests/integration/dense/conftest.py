import runpy
from pathlib import Path

import pytest
from haystack import Document

from qa_system.stores.embedded import EmbeddedDocumentStore

HASH_ENCODER = Path(__file__).with_name("hash_encoder.py")


@pytest.fixture
def hash_encoder():
    """The class of an encoder without a model."""
    return runpy.run_path(str(HASH_ENCODER))["HashEncoder"]


@pytest.fixture
def passages():
    """120 passages of different lengths on 6 items."""
    return [
        Document(
            id=f"{number:032x}", content=f"passage {number} " * (1 + number * 7 % 5), meta={"item_id": f"i{number % 6}"}
        )
        for number in range(120)
    ]


@pytest.fixture
def store(tmp_path, passages):
    with EmbeddedDocumentStore(tmp_path / "reviews.qa") as store:
        store.write_documents(passages)
        yield store
