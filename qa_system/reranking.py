"""Reranking as a Haystack component: a retriever whose first passages a cross-encoder puts in order."""

from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict
from haystack.components.retrievers.types.protocol import TextRetriever
from haystack.core.serialization import component_from_dict, component_to_dict, import_class_by_name
from haystack.utils import ComponentDevice

from qa_system.errors import ModelError, SettingsError
from qa_system.hybrid import with_finders


@component
class RerankingRetriever:
    """
    Retrieves passages, and has a cross-encoder read each of them with the question (Nogueira and Cho, 2019).

    The ranking is that of `SentenceTransformersSimilarityRanker`, of Haystack's sentence-transformers integration. It
    is a retriever itself, so that whatever takes a retriever takes one that reranks.

    :param retriever: Component with `run(query, filters, top_k)`.
    :param model: Any sentence-transformers `CrossEncoder`: a folder, or a name on the Hugging Face hub.
    :param name: What `meta["found_by"]` calls the retriever, where it does not note that itself.
    :param depth: Passages that the cross-encoder reads, at least as many as are asked for.
    :param filters: Filter in Haystack's language.
    :param top_k: Most documents to return.
    :param device: Torch device; None for a GPU where there is one.
    :raises SettingsError: The integration is not installed.
    """

    def __init__(
        self,
        retriever: TextRetriever,
        model: str,
        *,
        name: str = "retriever",
        depth: int = 30,
        filters: dict[str, Any] | None = None,
        top_k: int = 10,
        device: str | None = None,
    ) -> None:
        self.retriever = retriever
        self.model = model
        self.name = name
        self.depth = depth
        self.filters = filters
        self.top_k = top_k
        self.device = device
        self._ranker = _ranker(model, device)

    def warm_up(self) -> None:
        """
        Load the models.

        :raises ModelError: The cross-encoder cannot be loaded.
        """
        if hasattr(self.retriever, "warm_up"):
            self.retriever.warm_up()
        try:
            self._ranker.warm_up()
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"The reranker {self.model!r} could not be loaded: {error} It should be a sentence-transformers "
                "CrossEncoder: a folder, or a name on the Hugging Face hub such as cross-encoder/ms-marco-MiniLM-L6-v2."
            ) from error

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """
        Search.

        :param query: The question.
        :param filters: Overrides the component's own.
        :param top_k: Overrides the component's own.
        :returns: `documents`, best first, each with the cross-encoder's probability as its score, and in
            `meta["found_by"]` its rank before.
        :raises ModelError: The cross-encoder cannot be loaded.
        """
        limit = self.top_k if top_k is None else top_k
        chosen = self.filters if filters is None else filters
        found = self.retriever.run(query=query, filters=chosen, top_k=max(limit, self.depth))["documents"]
        if not found or not limit:
            return {"documents": []}
        if "found_by" not in found[0].meta:
            found = with_finders(found, {self.name: found})
        self.warm_up()
        return {"documents": self._ranker.run(query=query, documents=found, top_k=limit)["documents"]}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component with its retriever.

        :returns: What `from_dict` reads.
        """
        return default_to_dict(
            self,
            retriever=component_to_dict(self.retriever, "retriever"),
            model=self.model,
            name=self.name,
            depth=self.depth,
            filters=self.filters,
            top_k=self.top_k,
            device=self.device,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "RerankingRetriever":
        """
        Make the component anew.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        retriever = data["init_parameters"]["retriever"]
        data["init_parameters"]["retriever"] = component_from_dict(
            import_class_by_name(retriever["type"]), retriever, "retriever"
        )
        return default_from_dict(cls, data)


def _ranker(model: str, device: str | None) -> Any:
    try:
        from haystack_integrations.components.rankers.sentence_transformers import SentenceTransformersSimilarityRanker
    except ImportError as error:
        raise SettingsError(
            "A reranker needs Haystack's sentence-transformers integration: pip install 'qa-system[rerank]'"
        ) from error
    return SentenceTransformersSimilarityRanker(
        model=model,
        device=ComponentDevice.from_str(device) if device else None,
        # A checkpoint is otherwise loaded as it was saved, and half precision is slow on a CPU.
        model_kwargs={"dtype": "float32"},
    )
