"""Vectors in a dense index, in files beside the store of their passages: exact under any filter."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any, Protocol

import numpy as np
from haystack import Document
from haystack.document_stores.types import DocumentStore

from qa_system.dense.encoder import Encoder
from qa_system.dense.index import DenseIndex
from qa_system.dense.kinds import AS_TUNED, Effort
from qa_system.dense.manifest import EncoderIdentity, Manifest
from qa_system.dense.writer import IndexWriter
from qa_system.settings import DenseSettings, IndexKind


class PassageStore(DocumentStore, Protocol):
    """What the search asks of a document store: Haystack's protocol, documents by id, and ids by filter."""

    def get_documents_by_id(self, ids: list[str]) -> list[Document]:
        """
        Get documents in the order asked, without those the store does not have.

        :param ids: Document ids.
        :returns: The documents.
        """
        ...

    def ids_by_filter(self, filters: dict[str, Any]) -> list[str]:
        """
        Get the ids of all documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :returns: Their ids, in any order.
        """
        ...


class FileVectors:
    """
    The vectors of a store in a dense index: `qa_system.dense.vectors.Vectors` in files.

    :param store: The store that holds the passages.
    :param folder: Folder of the index; it need not exist.
    :param kind: What a writer builds for searches over all vectors.
    :param effort: How thoroughly such a search looks; by default as was tuned.
    """

    def __init__(
        self, store: PassageStore, folder: str | Path, *, kind: IndexKind = "auto", effort: Effort = AS_TUNED
    ) -> None:
        self._store = store
        self._folder = Path(folder)
        self._kind: IndexKind = kind
        self._effort = effort

    def exist(self) -> bool:
        """
        Tell whether any were made. Costs one look at a file's name.

        :returns: Whether there is an index, of whatever encoder.
        """
        return DenseIndex.exists(self._folder)

    def made_by(self) -> EncoderIdentity | None:
        """
        Tell which encoder made the vectors.

        :returns: The encoder, None where there is no index.
        :raises StoreError: If the index is damaged.
        """
        return Manifest.load(self._folder).encoder if self.exist() else None

    def count(self) -> int:
        """
        Count the passages that have vectors.

        :returns: Their number.
        :raises StoreError: If the index is damaged.
        """
        return len(DenseIndex.open(self._folder)) if self.exist() else 0

    def copy_to(self, folder: Path, settings: DenseSettings) -> None:
        """
        Start another store's vectors from a copy of these, if it has none and keeps some of the same passages.

        :param folder: Folder of the other's index.
        :param settings: If they name another encoder than made these vectors, nothing is copied.
        :raises StoreError: If the index is damaged.
        :raises ModelError: If an encoder cannot be found.
        """
        made_by = None if DenseIndex.exists(folder) else self.made_by()
        if made_by is None:
            return
        asked = Encoder.matching(made_by, query_model=settings.query_encoder, passage_model=settings.passage_encoder)
        index = DenseIndex.open(self._folder)
        if asked.identity.has_weights_of(made_by) and index.holds_any(self._store.ids_by_filter({})):
            copied = folder.with_name(f"{folder.name}.copied")
            rmtree(copied, ignore_errors=True)
            copytree(self._folder, copied, ignore=ignore_patterns("*.lock"))
            copied.replace(folder)

    def writer(self, encoder: Encoder, *, rebuild: bool) -> IndexWriter:
        """
        Write vectors.

        :param encoder: The encoder of the vectors that will be written.
        :param rebuild: Throw away what the index holds, whichever encoder made it.
        :returns: A context manager.
        """
        return IndexWriter(self._folder, encoder, rebuild=rebuild, kind=self._kind)

    def search(self, encoder: Encoder) -> "FileSearch":
        """
        Search the vectors.

        :param encoder: The encoder of the questions.
        :returns: The search.
        :raises StoreError: If there is no index, or another encoder made it.
        """
        return FileSearch(self._store, DenseIndex.open(self._folder, encoder=encoder, effort=self._effort))


class FileSearch:
    """
    Search in a dense index.

    :param store: The store that holds the passages.
    :param index: The index.
    """

    def __init__(self, store: PassageStore, index: DenseIndex) -> None:
        self._store = store
        self._index = index

    def nearest(self, vector: np.ndarray, *, filters: dict[str, Any] | None, top_k: int) -> list[Document]:
        """
        Find the passages whose vectors are nearest, in the index as it is now.

        :param vector: The question's, float32 (dimension,).
        :param filters: Filter in Haystack's language.
        :param top_k: Most passages to return.
        :returns: Passages, best first, each with the inner product as its score.
        :raises StoreError: If the index was made again with another encoder.
        :raises QueryError: If `top_k` is negative, or the store refuses the filters.
        """
        self._index.refresh()
        item_id = only_item(filters)
        ids = self._store.ids_by_filter(filters) if filters and item_id is None else None
        depth = top_k
        # Deeper where the store no longer has what the index still has, so that nothing is missing.
        while True:
            scores = dict(self._index.search(vector, top_k=depth, item_id=item_id, ids=ids))
            documents = self._store.get_documents_by_id(list(scores))
            if len(documents) >= top_k or len(scores) < depth:
                return [replace(document, score=scores[document.id]) for document in documents[:top_k]]
            depth *= 2


def only_item(filters: Mapping[str, Any] | None) -> str | None:
    """
    Recognise the filter that asks for one item and nothing else, which the index answers by itself.

    :param filters: A filter in Haystack's language.
    :returns: The item id; None for every other filter.
    """
    match filters:
        case {"field": "meta.item_id", "operator": "==", "value": str(item_id)}:
            return item_id
        case {"operator": "AND", "conditions": [condition]}:
            return only_item(condition)
    return None
