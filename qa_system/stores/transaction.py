"""Writes and deletes that become visible together."""

from collections.abc import Iterable

import tantivy
from haystack import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from tantivy import Query

from qa_system.stores.codec import SCHEMA, encode, id_term
from qa_system.stores.index import Index
from qa_system.stores.lookup import any_term, ids_in_order


class Transaction:
    """
    Changes, and the commits that make them last.

    :param index: The index written to.
    :param writer: Its writer.
    :param searcher: The last committed state.
    """

    def __init__(self, index: Index, writer: tantivy.IndexWriter, searcher: tantivy.Searcher) -> None:
        self._index = index
        self._writer = writer
        self._searcher = searcher
        self._sequence = _next_sequence(searcher)
        self._present: dict[str, bool] = {}  # of the ids touched since the last commit
        self._changed = False  # since the last commit

    def write(self, documents: list[Document], policy: DuplicatePolicy) -> int:
        """
        Add documents; either all of them or, with an error, none.

        :param documents: What to add.
        :param policy: What to do with an id that is there already.
        :returns: How many were taken.
        :raises DuplicateDocumentError: An id is there already, and the policy says to fail.
        """
        known = self._known({document.id for document in documents})
        chosen = _choose(documents, known, policy)
        self._put(list(enumerate(chosen, self._sequence)), known)
        self._sequence += len(chosen)
        return len(chosen)

    def replace(self, documents: Iterable[tuple[int, Document]]) -> int:
        """
        Put documents in the place of those that have their ids.

        :param documents: Each with its place in the order of writing.
        :returns: How many there were.
        """
        placed = list(documents)
        self._put(placed, {document.id for _, document in placed})
        return len(placed)

    def delete(self, document_ids: Iterable[str]) -> None:
        """
        Delete documents, committed or not.

        :param document_ids: Unknown ones are passed over.
        """
        gone = self._known(set(document_ids))
        with self._index.guarded():
            for document_id in gone:
                self._writer.delete_documents_by_term("id", id_term(document_id))
        self._present.update(dict.fromkeys(gone, False))
        self._changed |= bool(gone)

    def delete_all(self) -> None:
        """Delete every document, committed or not."""
        with self._index.guarded():
            self._writer.delete_documents_by_query(Query.all_query())
        self._searcher = tantivy.Index(SCHEMA).searcher()
        self._present.clear()
        self._changed = True

    def commit(self) -> None:
        """Make the changes so far, if any, visible and safe against a crash; more may follow."""
        if not self._changed:  # a commit of nothing would make every reader open the index again
            return
        with self._index.guarded():
            self._writer.commit()
        self._searcher = self._index.searcher()
        self._present.clear()
        self._changed = False

    def _known(self, ids: set[str]) -> set[str]:
        committed = set(ids_in_order(self._searcher, any_term("id", [id_term(document_id) for document_id in ids])))
        return {document_id for document_id in ids if self._present.get(document_id, document_id in committed)}

    def _put(self, placed: list[tuple[int, Document]], known: set[str]) -> None:
        records = [(document.id, encode(document, place)) for place, document in placed]
        self._changed |= bool(records)
        with self._index.guarded():
            for document_id, record in records:
                if document_id in known:
                    self._writer.delete_documents_by_term("id", id_term(document_id))
                self._writer.add_document(record)
                known.add(document_id)
        self._present.update(dict.fromkeys(known, True))


def _choose(documents: list[Document], known: set[str], policy: DuplicatePolicy) -> list[Document]:
    if policy == DuplicatePolicy.OVERWRITE:
        return documents
    chosen: dict[str, Document] = {}
    for document in documents:
        if document.id not in known and document.id not in chosen:
            chosen[document.id] = document
        elif policy != DuplicatePolicy.SKIP:
            raise DuplicateDocumentError(f"ID '{document.id}' already exists.")
    return list(chosen.values())


def _next_sequence(searcher: tantivy.Searcher) -> int:
    last = searcher.search(Query.all_query(), limit=1, count=False, order_by_field="sequence").hits
    return last[0][0] + 1 if last else 0
