"""Getting documents out of one state of the index: by id, by rank, in the order they were written."""

from collections.abc import Iterable, Iterator

from haystack import Document
from tantivy import Document as Record
from tantivy import FieldType, Occur, Order, Query, Searcher

from qa_system.stores.codec import SCHEMA, decode, decode_id, id_term

BATCH_SIZE = 10_000
"""Each batch is a search of its own, so that few large ones are quicker; 10,000 addresses take about a megabyte."""


def any_term(field: str, terms: list[str]) -> Query:
    """
    Match documents that have one of the terms in a field.

    :param field: Field of the index.
    :param terms: Whole terms, not analysed.
    :returns: A query; it matches nothing where there are no terms.
    """
    if len(terms) == 1:
        return Query.term_query(SCHEMA, field, terms[0], index_option="basic")
    return Query.term_set_query(SCHEMA, field, terms) if terms else Query.empty_query()


def best(searcher: Searcher, query: Query, limit: int) -> list[Document]:
    """
    Find the documents that match best.

    :param searcher: The state of the index.
    :param query: What to match.
    :param limit: Most documents to return.
    :returns: Documents with their scores, best first.
    """
    limit = min(limit, searcher.num_docs)  # Tantivy reserves memory for as many
    hits = searcher.search(query, limit=limit, count=False).hits if limit > 0 else []
    return [decode(searcher.doc(address), score=score) for score, address in hits]


def by_id(searcher: Searcher, ids: Iterable[str]) -> dict[str, Document]:
    """
    Look documents up by their ids.

    :param searcher: The state of the index.
    :param ids: The ids; unknown ones are passed over.
    :returns: The documents by id.
    """
    query = any_term("id", [id_term(document_id) for document_id in ids])
    return {document.id: document for _, document in in_order(searcher, query)}


def ids_in_order(searcher: Searcher, query: Query) -> Iterator[str]:
    """
    Go through the ids of the documents that match, in the order of writing.

    The dictionary of the index would give them too, but it is as long as the store, however few match.

    :param searcher: The state of the index.
    :param query: What to match.
    :returns: The ids.
    """
    return (decode_id(record) for _, record in _records(searcher, query, BATCH_SIZE))


def in_order(searcher: Searcher, query: Query, *, batch_size: int = BATCH_SIZE) -> Iterator[tuple[int, Document]]:
    """
    Go through the documents that match, holding one batch of their addresses at a time.

    :param searcher: The state of the index.
    :param query: What to match.
    :param batch_size: How many to look up at once.
    :returns: Each document with its place in the order of writing.
    """
    return ((place, decode(record)) for place, record in _records(searcher, query, batch_size))


def _records(searcher: Searcher, query: Query, batch_size: int) -> Iterator[tuple[int, Record]]:
    start = 0
    while True:
        rest = Query.range_query(SCHEMA, "sequence", FieldType.Unsigned, start)
        page = Query.boolean_query([(Occur.Must, query), (Occur.Must, rest)])
        hits = searcher.search(page, limit=batch_size, count=False, order_by_field="sequence", order=Order.Asc).hits
        for place, address in hits:
            yield place, searcher.doc(address)
        if len(hits) < batch_size:
            return
        start = hits[-1][0] + 1
