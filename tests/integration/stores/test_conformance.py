"""
The store against Haystack's own conformance classes: all that a synchronous store can be asked for.

Left out: everything in `haystack.testing.document_store_async`, since the store has no asynchronous methods, and the
two tests of `DeleteAllTest` about a `recreate_index` parameter skip themselves, since there is no such parameter.
"""

from pathlib import Path

import pytest
from haystack import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.testing.document_store import (
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    DocumentStoreBaseExtendedTests,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldUniqueValuesTest,
)

from qa_system.stores.embedded import EmbeddedDocumentStore


class TestConformance(
    DocumentStoreBaseExtendedTests,
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldUniqueValuesTest,
):
    @pytest.fixture
    def document_store(self, tmp_path: Path) -> EmbeddedDocumentStore:
        return EmbeddedDocumentStore(tmp_path / "store")

    def test_write_documents(self, document_store: EmbeddedDocumentStore) -> None:
        document = Document(content="test doc")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([document], policy=DuplicatePolicy.NONE)
        self.assert_documents_are_equal(document_store.filter_documents(), [document])
