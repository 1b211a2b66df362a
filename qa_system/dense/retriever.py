"""Dense retrieval as a Haystack component."""

from pathlib import Path
from typing import Any, cast

from haystack import Document, component, default_from_dict, default_to_dict

from qa_system.dense.cluster import ClusterVectors, VectorStore
from qa_system.dense.encoder import Encoder
from qa_system.dense.files import FileVectors, PassageStore
from qa_system.dense.kinds import Effort
from qa_system.dense.vectors import Vectors, VectorSearch
from qa_system.settings import RuntimeName


@component
class DenseRetriever:
    """
    Finds the passages whose vectors are nearest to the question's: in a dense index exactly under any filter, and over
    many vectors without one as it was built; in a cluster by its own search, with the filter inside.

    :param document_store: The store that holds the passages.
    :param index_path: Folder of their dense index; None where the store keeps the vectors itself.
    :param query_model: Model that encodes the question, see `Encoder`; None for the models that made the vectors.
    :param passage_model: Model that encoded the passages where it is another.
    :param filters: Filter in Haystack's language.
    :param top_k: Most passages to return.
    :param device: Torch device; None for a GPU where there is one.
    :param runtime: What runs the encoder, see `Encoder`.
    :param nprobe: Lists that a search over an IVF reads; None for what was tuned.
    :param ef_search: Candidates that a search over an HNSW keeps; None for what was tuned.
    """

    def __init__(
        self,
        document_store: PassageStore | VectorStore,
        index_path: str | Path | None = None,
        *,
        query_model: str | None = None,
        passage_model: str | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int = 10,
        device: str | None = None,
        runtime: RuntimeName = "auto",
        nprobe: int | None = None,
        ef_search: int | None = None,
    ) -> None:
        self.document_store = document_store
        self.index_path = None if index_path is None else Path(index_path)
        self.query_model = query_model
        self.passage_model = passage_model
        self.filters = filters
        self.top_k = top_k
        self.device = device
        self.runtime: RuntimeName = runtime
        self.nprobe = nprobe
        self.ef_search = ef_search
        self._opened: tuple[Encoder, VectorSearch] | None = None

    def warm_up(self) -> None:
        """
        Open the vectors; the model is loaded with the first question.

        :raises StoreError: If there is no index, or another encoder made the vectors.
        :raises ModelError: If the encoder cannot be found.
        """
        self._open()

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """
        Search.

        :param query: The question.
        :param filters: Replaces the component's own (Haystack's `FilterPolicy.REPLACE`); `{}` lifts it.
        :param top_k: Overrides the component's own.
        :returns: `documents`, best first, each with the inner product as its score, in a cluster with (1 + cosine) / 2.
        :raises StoreError: If there is no index, another encoder made the vectors, or the cluster fails.
        :raises ModelError: If the encoder cannot be loaded.
        :raises QueryError: If `top_k` is negative, or the store refuses the filters.
        """
        encoder, search = self._open()
        documents = search.nearest(
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
            index_path=None if self.index_path is None else str(self.index_path),
            query_model=self.query_model,
            passage_model=self.passage_model,
            filters=self.filters,
            top_k=self.top_k,
            device=self.device,
            runtime=self.runtime,
            nprobe=self.nprobe,
            ef_search=self.ef_search,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "DenseRetriever":
        """
        Make the component anew.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        return default_from_dict(cls, data)

    def _open(self) -> tuple[Encoder, VectorSearch]:
        if self._opened is None:
            vectors = self._vectors()
            models = {"query_model": self.query_model, "passage_model": self.passage_model}
            encoder = Encoder.matching(vectors.made_by(), **models, device=self.device, runtime=self.runtime)
            self._opened = encoder, vectors.search(encoder)
        return self._opened

    def _vectors(self) -> Vectors:
        if self.index_path is None:
            return ClusterVectors(cast(VectorStore, self.document_store))
        effort = Effort(self.nprobe, self.ef_search)
        return FileVectors(cast(PassageStore, self.document_store), self.index_path, effort=effort)
