"""Hybrid retrieval as a Haystack component: several retrievers, one ranking."""

from dataclasses import replace
from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict
from haystack.components.retrievers.types.protocol import TextRetriever
from haystack.core.serialization import component_from_dict, component_to_dict, import_class_by_name

from qa_system.errors import SettingsError
from qa_system.fusion import FUSIONS, Fusion, fused

DEPTH = 50
"""Places of each ranking that take part in the fusion: a passage may be tenth in both and first in all."""


@component
class HybridRetriever:
    """
    Asks several retrievers and joins their rankings.

    Haystack's experimental `MultiRetriever` is not used: it does not tell which retriever found a document, and the
    order of equals depends on which thread is first.

    :param retrievers: Components with `run(query, filters, top_k)`, by name.
    :param fusion: How rankings are joined, see `qa_system.fusion.fused`.
    :param weights: How much each retriever counts, by its name; None for all alike.
    :param filters: Filter in Haystack's language.
    :param top_k: Most documents to return.
    :raises SettingsError: There is no such fusion, or the weights are not those of the retrievers, negative or all 0.
    """

    def __init__(
        self,
        retrievers: dict[str, TextRetriever],
        *,
        fusion: Fusion = "rrf",
        weights: dict[str, float] | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int = 10,
    ) -> None:
        self.retrievers = retrievers
        self.fusion = fusion
        self.weights = weights
        self.filters = filters
        self.top_k = top_k
        self._check()

    def _check(self) -> None:
        if self.fusion not in FUSIONS:
            raise SettingsError(f"There is no fusion {self.fusion!r}. Valid are: {', '.join(FUSIONS)}.")
        weights = self.weights
        if weights is None:
            return
        if weights.keys() != self.retrievers.keys() or min(weights.values()) < 0 or not any(weights.values()):
            raise SettingsError(
                f"The weights are {weights}; there has to be one for each of {', '.join(self.retrievers)}, none below "
                "0 and one above."
            )

    def warm_up(self) -> None:
        """Warm up the retrievers."""
        for retriever in self.retrievers.values():
            if hasattr(retriever, "warm_up"):
                retriever.warm_up()

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """
        Search.

        :param query: The question.
        :param filters: Overrides the component's own.
        :param top_k: Overrides the component's own.
        :returns: `documents`, best first. `meta["found_by"]` maps the name of each retriever that found the document to
            its rank there, counted from 1.
        """
        limit = self.top_k if top_k is None else top_k
        chosen = self.filters if filters is None else filters
        rankings = {
            name: retriever.run(query=query, filters=chosen, top_k=max(limit, DEPTH))["documents"]
            for name, retriever in self.retrievers.items()
        }
        joined = fused(rankings, fusion=self.fusion, weights=self.weights)[:limit]
        return {"documents": with_finders(joined, rankings)}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component with its retrievers.

        :returns: What `from_dict` reads.
        """
        retrievers = {name: component_to_dict(retriever, name) for name, retriever in self.retrievers.items()}
        return default_to_dict(
            self,
            retrievers=retrievers,
            fusion=self.fusion,
            weights=self.weights,
            filters=self.filters,
            top_k=self.top_k,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "HybridRetriever":
        """
        Make the component anew.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        parameters = data["init_parameters"]
        parameters["retrievers"] = {
            name: component_from_dict(import_class_by_name(retriever["type"]), retriever, name)
            for name, retriever in parameters["retrievers"].items()
        }
        return default_from_dict(cls, data)


def with_finders(documents: list[Document], rankings: dict[str, list[Document]]) -> list[Document]:
    """
    Note in each document who found it.

    :param documents: What to note it in.
    :param rankings: What each retriever found, best first, by its name.
    :returns: The documents with `meta["found_by"]`.
    """
    ranks = {
        name: {document.id: rank for rank, document in enumerate(ranking, start=1)}
        for name, ranking in rankings.items()
    }
    return [
        replace(
            document,
            meta={
                **document.meta,
                "found_by": {name: of_name[document.id] for name, of_name in ranks.items() if document.id in of_name},
            },
        )
        for document in documents
    ]
