"""Search by words as a Haystack component."""

from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict

from qa_system.stores.protocol import ReviewStore


@component
class BM25Retriever:
    """
    Finds the passages whose words match a question best.

    :param document_store: The store searched.
    :param filters: Filter in Haystack's language, used where `run` is given none.
    :param top_k: Most passages to return.
    """

    def __init__(self, document_store: ReviewStore, *, filters: dict[str, Any] | None = None, top_k: int = 10) -> None:
        self.document_store = document_store
        self.filters = filters
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """
        Search.

        :param query: Words; no query language.
        :param filters: Replaces the component's own (Haystack's `FilterPolicy.REPLACE`); `{}` lifts it.
        :param top_k: Overrides the component's own.
        :returns: `documents`, best first, each with its BM25 score.
        """
        documents = self.document_store.bm25_retrieval(
            query,
            filters=self.filters if filters is None else filters,
            top_k=self.top_k if top_k is None else top_k,
        )
        return {"documents": documents}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component with its store's address.

        :returns: What `from_dict` reads.
        """
        return default_to_dict(self, document_store=self.document_store, filters=self.filters, top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "BM25Retriever":
        """
        Make the component anew.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        return default_from_dict(cls, data)
