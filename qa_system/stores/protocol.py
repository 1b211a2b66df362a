"""What the system asks of a store of reviews, whichever engine keeps them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, Self

from haystack import Document
from haystack.document_stores.types import DocumentStore, DuplicatePolicy


class ReviewStore(DocumentStore, Protocol):
    """
    A Haystack document store that searches by words, writes in bulk, and lists and counts without reading all.

    `EmbeddedDocumentStore` and `ElasticsearchStore` are the two. Both may be read from many threads.
    """

    @property
    def language(self) -> str:
        """Decides how words are stemmed."""
        ...

    @property
    def keeps_vectors(self) -> bool:
        """Whether the passages' vectors are kept in the store (`dense.cluster`), and not in a dense index."""
        ...

    @property
    def refused(self) -> int:
        """Documents that the last `writing()` block had to leave out; a store that takes all or nothing has none."""
        ...

    @property
    def path(self) -> Path:
        """Folder on this machine for what is derived from the store, such as the dense index."""
        ...

    @property
    def address(self) -> str:
        """Where the reviews lie, as `--store` takes it and messages name it."""
        ...

    def beside(self, name: str) -> Self:
        """
        Find a second store that belongs to this one.

        :param name: Its name.
        :returns: The store; it need not exist.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """
        Hold what a job writes inside the block to be written together, and make it visible at the end.

        :returns: The block.
        """
        ...

    def rebuilding(self) -> AbstractContextManager[None]:
        """
        Write inside the block to an empty copy, which takes this store's place at the end.

        :returns: The block.
        """
        ...

    def commit(self) -> None:
        """Make what the surrounding `writing()` block has done so far safe."""
        ...

    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int:
        """
        Write documents.

        :param documents: The documents.
        :param policy: What to do with an id that is there already.
        :returns: How many were written.
        """
        ...

    def count_by(
        self, field: str, *, filters: dict[str, Any] | None = None, limit: int | None = None
    ) -> dict[Any, int]:
        """
        Count documents by the value of a metadata field.

        :param field: Name of the field.
        :param filters: Filter in Haystack's language.
        :param limit: Most values to return.
        :returns: Number of documents by value, most frequent first.
        """
        ...

    def count_documents_by_filter(self, filters: dict[str, Any]) -> int:
        """
        Count the documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :returns: Their number.
        """
        ...

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """
        List the metadata fields.

        :returns: For each field its `type`: boolean, int, float or keyword.
        """
        ...

    def get_metadata_field_min_max(self, metadata_field: str) -> dict[str, Any]:
        """
        Find the least and the greatest value of a metadata field.

        :param metadata_field: Name of the field.
        :returns: `min` and `max`; None where there are no values, or none that can be compared.
        """
        ...

    def ids_by_filter(self, filters: dict[str, Any] | None = None) -> list[str]:
        """
        List the ids of the documents that pass a filter.

        :param filters: Filter in Haystack's language; None lists all.
        :returns: The ids.
        """
        ...

    def iter_documents(self, filters: dict[str, Any] | None = None) -> Iterator[Document]:
        """
        Go through the documents that pass a filter, as they are at the start, without holding all in memory.

        :param filters: Filter in Haystack's language; None goes through all.
        :returns: The documents.
        """
        ...

    def get_documents_by_id(self, ids: list[str]) -> list[Document]:
        """
        Look documents up by their ids.

        :param ids: Unknown ones are passed over.
        :returns: The documents, in the order of the ids.
        """
        ...

    def bm25_retrieval(self, query: str, *, filters: dict[str, Any] | None = None, top_k: int = 10) -> list[Document]:
        """
        Find the documents whose words match a query best.

        :param query: Words; no query language.
        :param filters: Filter in Haystack's language.
        :param top_k: Most documents to return.
        :returns: Documents with their scores, best first.
        """
        ...
