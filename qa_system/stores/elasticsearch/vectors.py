"""The vectors of an index: which passages have one, writing them, and what made them."""

from collections.abc import Sequence

from elasticsearch import Elasticsearch, NotFoundError

from qa_system.errors import StoreError
from qa_system.settings import ElasticsearchSettings
from qa_system.stores.elasticsearch.address import Address
from qa_system.stores.elasticsearch.connection import explained
from qa_system.stores.elasticsearch.cursor import IDS_PAGE, all_hits, count
from qa_system.stores.elasticsearch.loading import Loader

_WITH_VECTOR = {"exists": {"field": "embedding"}}


class IndexVectors:
    """The methods of a store that keep vectors beside the passages, for `qa_system.dense.cluster`."""

    index_address: Address
    settings: ElasticsearchSettings
    client: Elasticsearch
    _index: str

    @property
    def keeps_vectors(self) -> bool:
        """Whether the passages' vectors are kept here, and not in files on this machine."""
        return self.settings.vectors

    def ids_with_vectors(self) -> list[str]:
        """
        List the passages that have vectors.

        :returns: Their ids.
        """
        with explained(self.index_address):
            hits = all_hits(self.client, self._index, _WITH_VECTOR, source=False, size=IDS_PAGE)
            return [hit["_id"] for hit in hits]

    def count_vectors(self) -> int:
        """
        Count the passages that have vectors.

        :returns: Their number.
        """
        with explained(self.index_address):
            return count(self.client, self._index, _WITH_VECTOR)

    def write_vectors(self, ids: Sequence[str], vectors: Sequence[list[float]]) -> None:
        """
        Give passages their vectors. A passage that is gone by now stays gone.

        :param ids: The passages.
        :param vectors: A vector for each.
        :raises StoreError: The cluster could not take them.
        """
        with Loader(self.client, self.index_address, self._index, self.settings) as loader:
            loader.put(
                {"_op_type": "update", "_id": passage_id, "doc": {"embedding": vector}}
                for passage_id, vector in zip(ids, vectors, strict=True)
            )
        if loader.refused:
            raise StoreError(
                f"The index {self.index_address} refused {loader.refused:,} vectors; {self.settings.dead_letters} says "
                "why. An index keeps vectors of one length: those of another encoder go into a new one (--reindex)."
            )

    def read_encoder(self) -> dict[str, str] | None:
        """
        Tell what made the vectors.

        :returns: What `write_encoder` was given; None before.
        """
        return self._meta().get("encoder")

    def write_encoder(self, described: dict[str, str]) -> None:
        """
        Note what makes the vectors, beside what the index says of itself.

        :param described: The encoder.
        """
        with explained(self.index_address):
            self.client.indices.put_mapping(index=self._index, meta={**self._meta(), "encoder": described})

    def _meta(self) -> dict:
        with explained(self.index_address):
            try:
                [mapping] = self.client.indices.get_mapping(index=self._index).values()
            except NotFoundError:
                return {}
        return mapping["mappings"].get("_meta", {})
