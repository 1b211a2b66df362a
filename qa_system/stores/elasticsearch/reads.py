"""Everything a store on Elasticsearch is asked: by words, by vector, by filter, by id, and for counts."""

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch
from haystack import Document

from qa_system.stores.elasticsearch.address import Address
from qa_system.stores.elasticsearch.codec import document_of, field_of
from qa_system.stores.elasticsearch.connection import explained
from qa_system.stores.elasticsearch.cursor import IDS_PAGE, all_hits, count, search
from qa_system.stores.elasticsearch.fields import Field, known_field, mapped_fields
from qa_system.stores.elasticsearch.filters import filter_query
from qa_system.stores.value_statistics import ValueStatistics

LONGEST_RANKING = 10_000
"""Elasticsearch ranks no deeper (`index.max_result_window`)."""

_CANDIDATES_PER_HIT = 10
_FEWEST_CANDIDATES = 100
_WITHOUT_VECTOR = {"excludes": ["embedding"]}


class IndexReads(ValueStatistics):
    """The methods of a store that change nothing. An index that is not there has no documents."""

    index_address: Address
    client: Elasticsearch
    _index: str

    def count_documents(self) -> int:
        """
        Count all documents.

        :returns: Their number.
        """
        return self.count_documents_by_filter({})

    def count_documents_by_filter(self, filters: dict[str, Any]) -> int:
        """
        Count the documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :returns: Their number.
        """
        with explained(self.index_address):
            query = filter_query(filters, self._fields)
            return count(self.client, self._index, query)

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]:
        """
        List the documents that pass a filter.

        :param filters: Filter in Haystack's language; None lists all.
        :returns: The documents, in no order that means anything.
        :raises InvalidFilterError: The filter is malformed, or compares what cannot be compared.
        """
        return list(self.iter_documents(filters))

    def iter_documents(self, filters: dict[str, Any] | None = None) -> Iterator[Document]:
        """
        Go through the documents that pass a filter, as they are at the start, without holding all in memory.

        :param filters: Filter in Haystack's language; None goes through all.
        :returns: The documents, one by one.
        """
        return map(document_of, self._hits(filters))

    def ids_by_filter(self, filters: dict[str, Any] | None = None) -> list[str]:
        """
        List the ids of the documents that pass a filter, without reading the documents.

        :param filters: Filter in Haystack's language; None lists all.
        :returns: The ids, in no order that means anything.
        """
        return [hit["_id"] for hit in self._hits(filters, source=False, size=IDS_PAGE)]

    def get_documents_by_id(self, ids: list[str]) -> list[Document]:
        """
        Look documents up by their ids.

        :param ids: Unknown ones are passed over.
        :returns: The documents, in the order of the ids.
        """
        query = {"ids": {"values": ids}}
        with explained(self.index_address):
            found = {hit["_id"]: document_of(hit) for hit in all_hits(self.client, self._index, query)} if ids else {}
        return [found[document_id] for document_id in ids if document_id in found]

    def bm25_retrieval(self, query: str, *, filters: dict[str, Any] | None = None, top_k: int = 10) -> list[Document]:
        """
        Find the documents whose words match a query best, by BM25 (Robertson et al., 1994; k1 = 1.2, b = 0.75).

        Each shard knows its own documents only, so a word weighs a little more or less than in a store that is one.

        :param query: Words; any characters, no query language. Without a word in it nothing is found.
        :param filters: Filter in Haystack's language; it is not scored.
        :param top_k: Most documents to return.
        :returns: Documents with their scores, best first.
        """
        words = " ".join(dict.fromkeys(query.encode("utf-8", "replace").decode().split()))
        within = [filter_query(filters, self._fields)]
        return self._ranked(top_k, query={"bool": {"must": {"match": {"content": words}}, "filter": within}})

    def knn_retrieval(
        self, vector: list[float], *, filters: dict[str, Any] | None = None, top_k: int = 10
    ) -> list[Document]:
        """
        Find the documents whose vectors are nearest to a vector by cosine, through the index's HNSW graph.

        :param vector: As many numbers as the stored vectors have.
        :param filters: Filter in Haystack's language; the graph is searched within it, so no result is lost to it.
        :param top_k: Most documents to return.
        :returns: Documents with their scores, best first; the score is (1 + cosine) / 2.
        """
        candidates = max(_FEWEST_CANDIDATES, _CANDIDATES_PER_HIT * top_k)
        nearest = {
            "field": "embedding",
            "query_vector": vector,
            "k": max(1, min(top_k, LONGEST_RANKING)),
            "num_candidates": min(candidates, LONGEST_RANKING),
            "filter": filter_query(filters, self._fields),
        }
        return self._ranked(top_k, knn=nearest)

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """
        List the metadata fields, nested ones by dotted path.

        :returns: For each field its `type`: boolean, float or keyword. Dates are keywords, and all numbers floats.
        """
        return {path.removeprefix("meta."): {"type": field.type_name} for path, field in self._fields().items()}

    def _ranked(self, top_k: int, **request: Any) -> list[Document]:
        if top_k <= 0:
            return []
        size = min(top_k, LONGEST_RANKING)
        request |= {"size": size, "source": _WITHOUT_VECTOR, "track_total_hits": False}
        with explained(self.index_address):
            found = search(self.client, self._index, **request)
        return [document_of(hit, scored=True) for hit in found["hits"]["hits"]]

    def _hits(self, filters: dict[str, Any] | None, **request: Any) -> Iterator[dict[str, Any]]:
        with explained(self.index_address):
            yield from all_hits(self.client, self._index, filter_query(filters, self._fields), **request)

    def _fields(self) -> dict[str, Field]:
        with explained(self.index_address):
            mappings = self.client.indices.get_mapping(index=self._index, ignore_unavailable=True).values()
        return {
            path: field
            for mapping in mappings
            for path, field in mapped_fields(mapping["mappings"].get("properties", {})).items()
        }

    def _values(self, field: str, filters: dict[str, Any] | None) -> list[tuple[Any, int]]:
        path = field_of(field)
        found = known_field(path) or self._fields().get(path)
        if found is None:
            return []
        return [(found.value_of(text), times) for text, times in self._terms(found.text, filters)]

    def _terms(self, path: str, filters: dict[str, Any] | None) -> Iterator[tuple[str, int]]:
        query = filter_query(filters, self._fields)
        pages: dict[str, Any] = {"size": IDS_PAGE, "sources": [{"value": {"terms": {"field": path}}}]}
        while True:
            with explained(self.index_address):
                found = search(self.client, self._index, size=0, query=query, aggs={"terms": {"composite": pages}})
            page = found.get("aggregations", {}).get("terms", {"buckets": []})
            yield from ((bucket["key"]["value"], bucket["doc_count"]) for bucket in page["buckets"])
            if "after_key" not in page:
                return
            pages = {**pages, "after": page["after_key"]}
