"""Vectors that an Elasticsearch store keeps beside its passages: written by the embedding job, searched by HNSW."""

from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict
from haystack.document_stores.types import DocumentStore

from qa_system.dense.encoder import Encoder
from qa_system.dense.manifest import EncoderIdentity
from qa_system.errors import StoreError


class VectorStore(DocumentStore, Protocol):
    """What is asked of a document store that keeps vectors."""

    @property
    def address(self) -> str:
        """Where it is, for messages."""
        ...

    def knn_retrieval(
        self, vector: list[float], *, filters: dict[str, Any] | None = None, top_k: int = 10
    ) -> list[Document]:
        """
        Find the passages whose vectors are nearest.

        :param vector: The question's.
        :param filters: Filter in Haystack's language.
        :param top_k: Most passages to return.
        :returns: Passages with their scores, best first.
        """
        ...

    def ids_with_vectors(self) -> list[str]:
        """
        List the passages that have vectors.

        :returns: Their ids.
        """
        ...

    def write_vectors(self, ids: Sequence[str], vectors: Sequence[list[float]]) -> None:
        """
        Give passages their vectors.

        :param ids: The passages.
        :param vectors: A vector for each.
        """
        ...

    def read_encoder(self) -> dict[str, str] | None:
        """
        Tell what made the vectors.

        :returns: What `write_encoder` was given; None before.
        """
        ...

    def write_encoder(self, described: dict[str, str]) -> None:
        """
        Note what makes the vectors.

        :param described: An `EncoderIdentity` as a dictionary.
        """
        ...


class ClusterVectors:
    """
    Context manager that writes vectors into a store, as `IndexWriter` writes them into files.

    :param store: The store.
    :param encoder: The encoder of the vectors that will be written.
    :param rebuild: Replace all vectors, whichever encoder made them.
    :raises StoreError: Another encoder made the vectors that are there.
    """

    def __init__(self, store: VectorStore, encoder: Encoder, *, rebuild: bool = False) -> None:
        self._store = store
        self._encoder = encoder
        self._rebuild = rebuild

    def __enter__(self) -> Self:
        if not self._rebuild:
            check_encoder(self._store, self._encoder)
        self._store.write_encoder(asdict(self._encoder.identity))
        self.ids = set() if self._rebuild else set(self._store.ids_with_vectors())
        """Ids of the passages that have vectors."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def append(self, ids: Sequence[str], items: Sequence[str | None], vectors: np.ndarray) -> None:
        """
        Write a block of vectors, which the cluster has when this returns.

        :param ids: Passage ids.
        :param items: Not needed: the passages know theirs.
        :param vectors: float32 (n, dimension).
        """
        self._store.write_vectors(ids, vectors.tolist())

    def delete(self, ids: Sequence[str]) -> None:
        """
        Do nothing: a vector goes with its passage.

        :param ids: Passage ids.
        """


def stored_encoder(store: VectorStore) -> EncoderIdentity | None:
    """
    Tell which encoder made a store's vectors.

    :param store: The store.
    :returns: The encoder, None where there are no vectors.
    """
    described = store.read_encoder()
    return EncoderIdentity(**described) if described else None


def check_encoder(store: VectorStore, encoder: Encoder) -> None:
    """
    Refuse an encoder that did not make a store's vectors.

    :param store: The store.
    :param encoder: The encoder asked for.
    :raises StoreError: Another one made the vectors.
    """
    made_by = stored_encoder(store)
    if made_by and not encoder.identity.has_weights_of(made_by):
        raise StoreError(
            f"The vectors of {store.address} were made with the encoder {made_by}, but {encoder.identity} was asked "
            f"for; vectors of different encoders cannot be compared. Ask for {made_by.query_model!r}, or embed the "
            f"passages again with `qa index SOURCE --store {store.address} --rebuild-vectors`."
        )


def encoder_of(
    store: VectorStore, *, query_model: str | None, passage_model: str | None, device: str | None
) -> Encoder:
    """
    Make the encoder of a store's vectors: what is named, else what made them, else the bundled one.

    :param store: The store.
    :param query_model: As for `Encoder`; None for what made the vectors.
    :param passage_model: As for `Encoder`; None for what made the vectors.
    :param device: As for `Encoder`.
    :returns: The encoder.
    """
    made_by = stored_encoder(store)
    if query_model is None and made_by:
        return Encoder(made_by.query_model, passage_model or made_by.passage_model, device=device)
    return Encoder(query_model, passage_model, device=device) if query_model else Encoder(device=device)


@component
class ClusterRetriever:
    """
    Finds the passages whose vectors are nearest to the question's, in the cluster, with the filter inside the search.

    :param document_store: The store that holds passages and vectors.
    :param query_model: Model that encodes the question; None for the one that made the vectors.
    :param passage_model: Model that encoded the passages where it is another.
    :param filters: Filter in Haystack's language.
    :param top_k: Most passages to return.
    :param device: Torch device; None for a GPU where there is one.
    """

    def __init__(
        self,
        document_store: VectorStore,
        *,
        query_model: str | None = None,
        passage_model: str | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int = 10,
        device: str | None = None,
    ) -> None:
        self.document_store = document_store
        self.query_model = query_model
        self.passage_model = passage_model
        self.filters = filters
        self.top_k = top_k
        self.device = device
        self._encoder: Encoder | None = None

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """
        Search.

        :param query: The question.
        :param filters: Replaces the component's own (Haystack's `FilterPolicy.REPLACE`); `{}` lifts it.
        :param top_k: Overrides the component's own.
        :returns: `documents`, best first, each with (1 + cosine) / 2 as its score.
        :raises StoreError: If another encoder made the vectors, or the cluster fails.
        :raises ModelError: If the encoder cannot be loaded.
        """
        self.warm_up()
        documents = self.document_store.knn_retrieval(
            self._encoder.encode_queries([query])[0].tolist(),  # type: ignore[union-attr]  # warm_up made it
            filters=self.filters if filters is None else filters,
            top_k=self.top_k if top_k is None else top_k,
        )
        return {"documents": documents}

    def warm_up(self) -> None:
        """
        Find the encoder; the model is loaded with the first question.

        :raises StoreError: If another encoder made the vectors.
        :raises ModelError: If the encoder cannot be found.
        """
        if self._encoder is None:
            models = {"query_model": self.query_model, "passage_model": self.passage_model}
            encoder = encoder_of(self.document_store, **models, device=self.device)
            check_encoder(self.document_store, encoder)
            self._encoder = encoder

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component with its store's address.

        :returns: What `from_dict` reads.
        """
        return default_to_dict(
            self,
            document_store=self.document_store,
            query_model=self.query_model,
            passage_model=self.passage_model,
            filters=self.filters,
            top_k=self.top_k,
            device=self.device,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ClusterRetriever":
        """
        Make the component anew.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        return default_from_dict(cls, data)
