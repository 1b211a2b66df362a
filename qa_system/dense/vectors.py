"""Where the vectors of a store's passages are kept, asked in one way: in files beside it, or in its cluster."""

from collections.abc import Sequence, Set
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

import numpy as np
from haystack import Document

from qa_system.dense.cluster import ClusterVectors, VectorStore
from qa_system.dense.encoder import Encoder
from qa_system.dense.files import FileVectors
from qa_system.dense.kinds import Effort
from qa_system.dense.layout import dense_folder
from qa_system.dense.manifest import EncoderIdentity
from qa_system.errors import StoreError
from qa_system.settings import DenseSettings
from qa_system.stores.protocol import ReviewStore


class VectorWriter(Protocol):
    """Takes the vectors that an embedding job makes."""

    @property
    def ids(self) -> Set[str]:
        """Ids of the passages that have vectors."""
        ...

    def append(self, ids: Sequence[str], items: Sequence[str | None], vectors: np.ndarray) -> None:
        """
        Write vectors, which are safe when this returns.

        :param ids: Passage ids.
        :param items: The item of each passage.
        :param vectors: float32 (n, dimension).
        """
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """
        Forget passages.

        :param ids: Passage ids.
        """
        ...


class VectorSearch(Protocol):
    """Finds the passages that are nearest to a question."""

    def nearest(self, vector: np.ndarray, *, filters: dict[str, Any] | None, top_k: int) -> list[Document]:
        """
        Find the passages whose vectors are nearest.

        :param vector: The question's, float32 (dimension,).
        :param filters: Filter in Haystack's language.
        :param top_k: Most passages to return.
        :returns: Passages with their scores, best first.
        """
        ...


class Vectors(Protocol):
    """The vectors of a store's passages, wherever they are kept."""

    def exist(self) -> bool:
        """
        Tell whether any were made, without reading them.

        :returns: Whether there are vectors, of whatever encoder.
        """
        ...

    def made_by(self) -> EncoderIdentity | None:
        """
        Tell which encoder made the vectors.

        :returns: The encoder, None where there are no vectors.
        """
        ...

    def count(self) -> int:
        """
        Count the passages that have vectors.

        :returns: Their number.
        """
        ...

    def writer(self, encoder: Encoder, *, rebuild: bool) -> AbstractContextManager[VectorWriter]:
        """
        Write vectors.

        :param encoder: The encoder of the vectors that will be written.
        :param rebuild: Replace all vectors, whichever encoder made them.
        :returns: A context manager.
        """
        ...

    def search(self, encoder: Encoder) -> VectorSearch:
        """
        Search the vectors.

        :param encoder: The encoder of the questions.
        :returns: The search.
        """
        ...


def vectors_of(store: ReviewStore, settings: DenseSettings | None = None) -> Vectors:
    """
    Find the vectors of a store.

    :param store: The store.
    :param settings: How they are indexed and searched, where they are kept in files; None for the defaults.
    :returns: Its vectors; there may be none as yet.
    """
    if store.keeps_vectors:
        return ClusterVectors(cast(VectorStore, store))
    chosen = settings or DenseSettings()
    effort = Effort(chosen.nprobe, chosen.ef_search)
    return FileVectors(store, dense_folder(store.path), kind=chosen.index, effort=effort)


def encoder_of(
    vectors: Vectors, settings: DenseSettings, *, replaced: EncoderIdentity | None = None, rebuild: bool = False
) -> Encoder:
    """
    Make the encoder that goes with a store's vectors.

    :param vectors: The vectors.
    :param settings: They may name the encoder; else it is the one that made the vectors, or the bundled one.
    :param replaced: What made the vectors of the index whose place this one takes.
    :param rebuild: The vectors will be replaced, so it does not matter whether they can be read.
    :returns: The encoder; its model is loaded at first use.
    :raises StoreError: If the vectors are damaged, or the cluster fails.
    """
    try:
        made_by = vectors.made_by() or replaced
    except StoreError:
        if not rebuild:
            raise
        made_by = None
    return Encoder.matching(
        made_by,
        query_model=settings.query_encoder,
        passage_model=settings.passage_encoder,
        device=settings.device,
        runtime=settings.runtime,
    )
