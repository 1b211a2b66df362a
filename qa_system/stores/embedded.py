"""The document store on Tantivy: a folder that holds the reviews and finds them by their words."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any

from haystack import Document, default_from_dict, default_to_dict
from haystack.document_stores.types import DuplicatePolicy
from tantivy import Occur, Query

from qa_system.errors import StoreError
from qa_system.stores import folder
from qa_system.stores.analysis import spaced, words_analyzer
from qa_system.stores.codec import SCHEMA
from qa_system.stores.filters import filter_query
from qa_system.stores.index import Index
from qa_system.stores.lookup import BATCH_SIZE, best, by_id, ids_in_order, in_order
from qa_system.stores.statistics import MetadataStatistics
from qa_system.stores.transaction import Transaction


class EmbeddedDocumentStore(MetadataStatistics):
    """
    A Haystack document store in a folder of its own, with no server.

    One process writes at a time, any number read meanwhile. Every read sees the last commit, also of other processes.
    Reads may come from many threads. A crash, of the process or the machine, leaves the last commit. Opening takes a
    lock for a moment, so the folder must be writable for readers too.

    :param path: Folder of the store; made with the first write.
    :param language: Decides the stemmer: see `qa_system.stores.analysis.LANGUAGES`. A store keeps its language; None
        is the store's own, and English for a new one.
    :raises StoreError: The path holds something else, or a store of another format or language.
    :raises SettingsError: The language has no stemmer.
    """

    keeps_vectors = False
    """Whether the passages' vectors are kept here, and not in the dense index."""

    refused = 0
    """Documents left out of the last `writing()` block: it is written as a whole or not at all."""

    def __init__(self, path: str | Path, *, language: str | None = None) -> None:
        self.path = Path(path).expanduser()
        self.language = folder.check_folder(self.path, language)
        self._words = words_analyzer(self.language)
        self._index = Index(self.path / "documents", self.language)
        self._writing = RLock()
        self._transaction: Transaction | None = None

    @classmethod
    def open(cls, path: str | Path) -> "EmbeddedDocumentStore":
        """
        Open a store that must exist.

        :param path: Folder of the store.
        :returns: The store.
        :raises StoreError: There is none, or it cannot be read.
        """
        folder.require_store(Path(path).expanduser())
        return cls(path)

    @property
    def address(self) -> str:
        """The folder, as messages name the store."""
        return str(self.path)

    def beside(self, name: str) -> "EmbeddedDocumentStore":
        """
        Find a second store that belongs to this one and has a writer of its own.

        :param name: Name of its folder in this one's.
        :returns: The store; it need not exist.
        :raises StoreError: It cannot be read.
        """
        return EmbeddedDocumentStore(self.path / name, language=self.language)

    def close(self) -> None:
        """Let go of the files; the store can still be used, and opens them again."""
        self._index.close()

    def __enter__(self) -> "EmbeddedDocumentStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the store's address.

        :returns: What `from_dict` reads.
        """
        return default_to_dict(self, path=str(self.path), language=self.language)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "EmbeddedDocumentStore":
        """
        Make the store from its address.

        :param data: What `to_dict` gave.
        :returns: A store on the same folder.
        """
        return default_from_dict(cls, data)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Make all writes and deletes inside the block one commit; an exception drops them all, but for what `commit`
        saved on the way. A block that changes nothing leaves the index as it is.

        Reads inside the block, also those that `delete_by_filter` and `update_by_filter` begin with, see the commit
        before. Blocks inside the block belong to it; other threads that write wait.

        :raises StoreLockedError: Another process is writing.
        :raises StoreError: The store cannot be written.
        """
        with self._changes():
            yield

    def rebuilding(self) -> AbstractContextManager[None]:
        """
        Refuse: a folder is made anew beside the old one.

        :raises StoreError: Always.
        """
        raise StoreError(
            f"The embedded store {self.path} is not rebuilt in place. Index into a new folder, and use that one."
        )

    def commit(self) -> None:
        """Make what the surrounding `writing()` block has done so far visible and safe; outside of one, do nothing."""
        if self._transaction is not None:
            self._transaction.commit()

    @contextmanager
    def _changes(self) -> Iterator[Transaction]:
        with self._writing:
            if self._transaction is not None:
                yield self._transaction
                return
            folder.check_folder(self.path, self.language)
            with self._index.guarded():
                folder.create_folder(self.path, self.language)
            with self._index.writer() as writer:
                self._transaction = Transaction(self._index, writer, self._index.searcher())
                try:
                    yield self._transaction
                    self._transaction.commit()
                finally:
                    self._transaction = None

    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int:
        """
        Write documents; either all of them or, with an error, none.

        :param documents: The documents. Their scores are not kept.
        :param policy: What to do with an id that is there already; NONE means FAIL.
        :returns: How many were written.
        :raises DuplicateDocumentError: An id is there already, and the policy is FAIL.
        :raises ValueError: Something else than documents was given.
        """
        if not isinstance(documents, list) or not all(isinstance(document, Document) for document in documents):
            raise ValueError("Please provide a list of Documents.")
        with self._changes() as changes:
            return changes.write(documents, policy)

    def delete_documents(self, document_ids: list[str]) -> None:
        """
        Delete documents.

        :param document_ids: Unknown ones are passed over.
        """
        with self._changes() as changes:
            changes.delete(document_ids)

    def delete_all_documents(self) -> None:
        """Delete all documents; other files in the folder stay."""
        with self._changes() as changes:
            changes.delete_all()

    def delete_by_filter(self, filters: dict[str, Any]) -> int:
        """
        Delete the documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :returns: How many were deleted.
        """
        with self._changes() as changes:
            ids = self.ids_by_filter(filters)
            changes.delete(ids)
            return len(ids)

    def update_by_filter(self, filters: dict[str, Any], meta: dict[str, Any]) -> int:
        """
        Change metadata of the documents that pass a filter; they keep their ids and their places.

        :param filters: Filter in Haystack's language.
        :param meta: Fields to set; the others stay.
        :returns: How many were changed.
        """
        with self._changes() as changes:
            searcher = self._index.searcher()
            found = in_order(searcher, filter_query(filters, searcher))
            return changes.replace(
                (place, replace(document, meta={**document.meta, **meta})) for place, document in found
            )

    def count_documents(self) -> int:
        """
        Count all documents.

        :returns: Their number.
        """
        return self._index.searcher().num_docs

    def count_documents_by_filter(self, filters: dict[str, Any]) -> int:
        """
        Count the documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :returns: Their number.
        """
        searcher = self._index.searcher()
        return searcher.search(filter_query(filters, searcher), limit=1).count  # type: ignore[attr-defined]  # stub lacks it

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]:
        """
        List the documents that pass a filter.

        :param filters: Filter in Haystack's language; None lists all.
        :returns: The documents, in the order they were written.
        :raises InvalidFilterError: The filter is malformed, or orders values that have no order.
        """
        return list(self.iter_documents(filters))

    def ids_by_filter(self, filters: dict[str, Any] | None = None) -> list[str]:
        """
        List the ids of the documents that pass a filter, without making the documents.

        :param filters: Filter in Haystack's language; None lists all.
        :returns: The ids, in the order the documents were written.
        :raises InvalidFilterError: The filter is malformed, or orders values that have no order.
        """
        searcher = self._index.searcher()
        return list(ids_in_order(searcher, filter_query(filters, searcher)))

    def iter_documents(
        self, filters: dict[str, Any] | None = None, *, batch_size: int = BATCH_SIZE
    ) -> Iterator[Document]:
        """
        Go through the documents that pass a filter, in the order they were written, as they are at the start.

        :param filters: Filter in Haystack's language; None goes through all.
        :param batch_size: How many are looked up at once.
        :returns: The documents, one by one.
        """
        searcher = self._index.searcher()
        found = in_order(searcher, filter_query(filters, searcher), batch_size=batch_size)
        return (document for _, document in found)

    def get_documents_by_id(self, ids: list[str]) -> list[Document]:
        """
        Look documents up by their ids.

        :param ids: Unknown ones are passed over.
        :returns: The documents, in the order of the ids.
        """
        found = by_id(self._index.searcher(), ids)
        return [found[document_id] for document_id in ids if document_id in found]

    def bm25_retrieval(self, query: str, *, filters: dict[str, Any] | None = None, top_k: int = 10) -> list[Document]:
        """
        Find the documents whose words match a query best, by BM25 (Robertson et al., 1994; k1 = 1.2, b = 0.75).

        :param query: Words; any characters, no query language. Without a word in it nothing is found.
        :param filters: Filter in Haystack's language.
        :param top_k: Most documents to return.
        :returns: Documents with their scores, best first.
        """
        searcher = self._index.searcher()
        words = sorted(set(self._words.analyze(spaced(query))))
        clauses = [(Occur.Should, Query.term_query(SCHEMA, "content", word)) for word in words]
        if filters:
            clauses.append((Occur.Must, Query.const_score_query(filter_query(filters, searcher), 0.0)))
        return best(searcher, Query.boolean_query(clauses, minimum_number_should_match=1), top_k)
