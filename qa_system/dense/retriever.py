"""Dense retrieval as a Haystack component."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict
from haystack.document_stores.types import DocumentStore

from qa_system.dense.encoder import Encoder
from qa_system.dense.index import DenseIndex


class PassageStore(DocumentStore, Protocol):
    """What the retriever asks of a document store: Haystack's protocol, documents by id, and ids by filter."""

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


@component
class DenseRetriever:
    """
    Finds the passages whose vectors are nearest to the question's, exactly, under any filter.

    :param document_store: The store that holds the passages.
    :param index_path: Folder of their dense index.
    :param query_model: Model that encodes the question, see `Encoder`; None for the models that made the index.
    :param passage_model: Model that encoded the passages where it is another.
    :param filters: Filter in Haystack's language.
    :param top_k: Most passages to return.
    :param device: Torch device; None for a GPU where there is one.
    """

    def __init__(
        self,
        document_store: PassageStore,
        index_path: str | Path,
        *,
        query_model: str | None = None,
        passage_model: str | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int = 10,
        device: str | None = None,
    ) -> None:
        self.document_store = document_store
        self.index_path = Path(index_path)
        self.query_model = query_model
        self.passage_model = passage_model
        self.filters = filters
        self.top_k = top_k
        self.device = device
        self._encoder: Encoder | None = None
        self._index: DenseIndex | None = None

    def warm_up(self) -> None:
        """
        Open the index; the model is loaded with the first question.

        :raises StoreError: If there is no index, or another encoder made it.
        :raises ModelError: If the encoder cannot be found.
        """
        self._opened()

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """
        Search.

        :param query: The question.
        :param filters: Replaces the component's own (Haystack's `FilterPolicy.REPLACE`); `{}` lifts it.
        :param top_k: Overrides the component's own.
        :returns: `documents`, best first, each with the inner product as its score.
        :raises StoreError: If there is no index, or another encoder made it.
        :raises ModelError: If the encoder cannot be loaded.
        :raises QueryError: If `top_k` is negative, or the store refuses the filters.
        """
        encoder, index = self._opened()
        index.refresh()
        documents = self._nearest(
            index,
            encoder.encode_queries([query])[0],
            filters=self.filters if filters is None else filters,
            top_k=self.top_k if top_k is None else top_k,
        )
        return {"documents": documents}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component with its store's address.

        :returns: What `from_dict` reads.
        """
        return default_to_dict(
            self,
            document_store=self.document_store,
            index_path=str(self.index_path),
            query_model=self.query_model,
            passage_model=self.passage_model,
            filters=self.filters,
            top_k=self.top_k,
            device=self.device,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "DenseRetriever":
        """
        Make the component anew.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        return default_from_dict(cls, data)

    def _opened(self) -> tuple[Encoder, DenseIndex]:
        if self._encoder is None or self._index is None:
            self._encoder = Encoder.of_index(
                self.index_path, query_model=self.query_model, passage_model=self.passage_model, device=self.device
            )
            self._index = DenseIndex.open(self.index_path, encoder=self._encoder)
        return self._encoder, self._index

    def _nearest(
        self, index: DenseIndex, vector: np.ndarray, *, filters: dict[str, Any] | None, top_k: int
    ) -> list[Document]:
        """Search deeper where the store no longer has what the index still has, so that nothing is missing."""
        item_id = only_item(filters)
        ids = self.document_store.ids_by_filter(filters) if filters and item_id is None else None
        depth = top_k
        while True:
            scores = dict(index.search(vector, top_k=depth, item_id=item_id, ids=ids))
            documents = self.document_store.get_documents_by_id(list(scores))
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
