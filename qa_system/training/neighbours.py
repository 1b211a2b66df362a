"""Reviews that share words with a question: those that a retriever would hand to the reader."""

from collections.abc import Mapping, Sequence

import tantivy
from tantivy import Occur, Query

from qa_system.stores.analysis import spaced, words_analyzer

_COUNT = 10
_LANGUAGE = "english"
_HEAP_BYTES = 64_000_000


class Neighbours:
    """
    Finds reviews by BM25 (Robertson et al., 1994; k1 = 1.2, b = 0.75), in memory.

    :param reviews: The reviews of each group.
    """

    def __init__(self, reviews: Mapping[str, Sequence[str]]) -> None:
        self._reviews = [text for texts in reviews.values() for text in texts]
        self._groups = {group: number for number, group in enumerate(reviews)}
        self._words = words_analyzer(_LANGUAGE)
        self._schema = _schema()
        self._searcher = self._indexed([self._groups[group] for group, texts in reviews.items() for _ in texts])

    def of(self, question: str, group: str) -> list[str]:
        """
        Find the reviews of a group that match a question best.

        :param question: The question.
        :param group: The group.
        :returns: At most ten of its reviews, best first; none where none has a word of the question.
        """
        return [self._reviews[row] for row in self.rows(question, group, count=_COUNT)]

    def rows(self, question: str, group: str | None = None, *, count: int) -> list[int]:
        """
        Find the reviews that match a question best, by their places.

        :param question: The question.
        :param group: Only reviews of this group; None for all.
        :param count: How many to find at most.
        :returns: The places of reviews in all groups, one group after the other, best first; none where none has a word
            of the question.
        """
        words = sorted(set(self._words.analyze(spaced(question))))
        clauses = [(Occur.Should, Query.term_query(self._schema, "words", word)) for word in words]
        if group is not None:
            inside = Query.const_score_query(Query.term_query(self._schema, "group", self._groups[group]), 0.0)
            clauses.append((Occur.Must, inside))
        query = Query.boolean_query(clauses, minimum_number_should_match=1)
        hits = self._searcher.search(query, limit=count, count=False).hits
        return [self._searcher.doc(address)["row"][0] for _, address in hits]

    def _indexed(self, groups: Sequence[int]) -> tantivy.Searcher:
        index = tantivy.Index(self._schema)
        index.register_tokenizer("words", self._words)
        # With several threads, reviews that match equally well would come in another order each time.
        writer = index.writer(_HEAP_BYTES, 1)
        for row, (group, text) in enumerate(zip(groups, self._reviews, strict=True)):
            writer.add_document(_document(row, group, spaced(text)))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return index.searcher()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True)
    builder.add_unsigned_field("group", indexed=True)
    builder.add_text_field("words", tokenizer_name="words", index_option="freq")
    return builder.build()


def _document(row: int, group: int, words: str) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("row", row)
    document.add_unsigned("group", group)
    document.add_text("words", words)
    return document
