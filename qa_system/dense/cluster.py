"""Vectors that an Elasticsearch store keeps beside its passages: written by the embedding job, searched by HNSW."""

from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from haystack import Document
from haystack.document_stores.types import DocumentStore

from qa_system.dense.encoder import Encoder
from qa_system.dense.manifest import EncoderIdentity


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

    def count_vectors(self) -> int:
        """
        Count the passages that have vectors.

        :returns: Their number.
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
    The vectors of a store that keeps them itself: `qa_system.dense.vectors.Vectors` on a cluster.

    :param store: The store.
    """

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    def exist(self) -> bool:
        """
        Tell whether any were made.

        :returns: Whether there are vectors, of whatever encoder.
        """
        return self.made_by() is not None

    def made_by(self) -> EncoderIdentity | None:
        """
        Tell which encoder made the vectors.

        :returns: The encoder, None where there are no vectors.
        """
        described = self._store.read_encoder()
        return EncoderIdentity(**described) if described else None

    def count(self) -> int:
        """
        Count the passages that have vectors.

        :returns: Their number.
        """
        return self._store.count_vectors()

    def writer(self, encoder: Encoder, *, rebuild: bool) -> "ClusterWriter":
        """
        Write vectors.

        :param encoder: The encoder of the vectors that will be written.
        :param rebuild: Replace all vectors, whichever encoder made them.
        :returns: A context manager.
        :raises StoreError: Another encoder made the vectors that are there. They cannot be replaced in their index: a
            job that is killed would leave those of both.
        """
        self._check(encoder)
        return ClusterWriter(self._store, encoder, rebuild=rebuild)

    def search(self, encoder: Encoder) -> "ClusterSearch":
        """
        Search the vectors.

        :param encoder: The encoder of the questions.
        :returns: The search.
        :raises StoreError: Another encoder made the vectors.
        """
        self._check(encoder)
        return ClusterSearch(self._store)

    def _check(self, encoder: Encoder) -> None:
        if made_by := self.made_by():
            address = self._store.address
            made_by.check_made(
                f"The vectors of {address} were",
                encoder.identity,
                remedy=f"Build a new index with `qa index SOURCE --store {address} --reindex`.",
            )


class ClusterWriter:
    """
    Context manager that writes vectors into a store, as `IndexWriter` writes them into files.

    :param store: The store.
    :param encoder: The encoder of the vectors that will be written.
    :param rebuild: Replace all vectors, whichever encoder made them.
    """

    def __init__(self, store: VectorStore, encoder: Encoder, *, rebuild: bool = False) -> None:
        self._store = store
        self._encoder = encoder
        self._rebuild = rebuild

    def __enter__(self) -> Self:
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


class ClusterSearch:
    """
    Search in the cluster, with the filter inside.

    :param store: The store.
    """

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    def nearest(self, vector: np.ndarray, *, filters: dict[str, Any] | None, top_k: int) -> list[Document]:
        """
        Find the passages whose vectors are nearest.

        :param vector: The question's, float32 (dimension,).
        :param filters: Filter in Haystack's language.
        :param top_k: Most passages to return.
        :returns: Passages, best first, each with (1 + cosine) / 2 as its score.
        """
        return self._store.knn_retrieval(vector.tolist(), filters=filters, top_k=top_k)
