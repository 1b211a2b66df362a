"""The question answering system as an application uses it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any

from haystack import Document, ExtractedAnswer, Pipeline

from qa_system.dense.index import DenseIndex
from qa_system.dense.layout import dense_folder
from qa_system.errors import QueryError, SettingsError, StoreError
from qa_system.pipelines import RETRIEVERS, make_reader, retrieval_pipeline
from qa_system.queries import Filters, both, check_filters, checked_question, item_filter, unknown_item
from qa_system.reading.locator import ReviewLocator, whole_review
from qa_system.reading.reader import Reader
from qa_system.records import Result
from qa_system.settings import Settings, load_settings
from qa_system.stores.embedded import EmbeddedDocumentStore


class QASystem:
    """
    Answers questions from the reviews of a store.

    ```python
    with QASystem.open("reviews.qa") as qa:
        result = qa.ask("Is it good for reading?", item_id="B0074BW614")
        for answer in result.answers:
            print(answer.data, answer.score, answer.document.id, answer.document_offset)
    ```

    Models are loaded at first use. `ask` and `search` may be called from several threads at once.

    :param store: The document store, open.
    :param settings: The settings.
    """

    def __init__(self, store: EmbeddedDocumentStore, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._retrieval: dict[str, Pipeline] = {}

    @classmethod
    def open(cls, store: str | Path | None = None, *, settings: Settings | None = None) -> "QASystem":
        """
        Open a store for asking.

        :param store: Folder of the store; None takes it from the settings.
        :param settings: The settings; None gathers them from `qa.toml` and the environment.
        :returns: The system, to be closed after use or used in a `with` statement.
        :raises StoreError: If there is no such store, or another version made it.
        :raises SettingsError: If the settings are wrong.
        """
        settings = settings or load_settings()
        return cls(EmbeddedDocumentStore.open(store or settings.store.path), settings)

    def search(
        self,
        query: str,
        *,
        item_id: str | None = None,
        filters: Filters | None = None,
        top_k: int | None = None,
        retriever: str | None = None,
    ) -> list[Document]:
        """
        Find the passages that speak of something.

        :param query: A question, or words.
        :param item_id: Only this item's reviews.
        :param filters: A Haystack filter on the reviews' metadata, such as
            `{"field": "meta.rating", "operator": "<=", "value": 2}`.
        :param top_k: Passages wanted; the setting `retrieval.top_k` by default.
        :param retriever: `bm25`, `dense`, `hybrid` or `auto`; the setting `retrieval.retriever` by default.
        :returns: Passages, best first. `meta["found_by"]` maps each retriever that found the passage to its rank there.
        :raises QueryError: If the question is empty or too long, or the item or a filter's field is unknown.
        :raises StoreError: If the retriever needs a dense index and the store has none.
        """
        query = checked_question(query)
        selection = self._selection(item_id, filters)
        return self._retrieve(query, selection, top_k or self.settings.retrieval.top_k, self._retriever_name(retriever))

    def ask(
        self,
        query: str,
        *,
        item_id: str | None = None,
        filters: Filters | None = None,
        top_k: int | None = None,
        passages: int | None = None,
        retriever: str | None = None,
    ) -> Result:
        """
        Answer a question in the words of the reviewers.

        :param query: The question.
        :param item_id: Only this item's reviews.
        :param filters: A Haystack filter on the reviews' metadata.
        :param top_k: Answers wanted; the setting `reader.top_k` by default.
        :param passages: Passages to read; the setting `retrieval.top_k` by default.
        :param retriever: `bm25`, `dense`, `hybrid` or `auto`; the setting `retrieval.retriever` by default.
        :returns: Answers with their evidence, or the abstention.
        :raises QueryError: If the question is empty or too long, or the item or a filter's field is unknown.
        :raises StoreError: If the retriever needs a dense index and the store has none.
        :raises ModelError: If the reader or encoder cannot be loaded.
        """
        asked = [(query, item_id)]
        return self.ask_many(asked, filters=filters, top_k=top_k, passages=passages, retriever=retriever)[0]

    def ask_many(
        self,
        questions: Iterable[tuple[str, str | None]],
        *,
        filters: Filters | None = None,
        top_k: int | None = None,
        passages: int | None = None,
        retriever: str | None = None,
    ) -> list[Result]:
        """
        Answer several questions, reading their passages in common batches.

        :param questions: Pairs of a question and an item id, or None for all items.
        :param filters: As for `ask`, and for all questions.
        :param top_k: As for `ask`.
        :param passages: As for `ask`.
        :param retriever: As for `ask`.
        :returns: A result for each question, in order. `timings["reading"]` is each question's equal share.
        :raises QueryError: As for `ask`; no question is read before all are checked.
        :raises StoreError: As for `ask`.
        :raises ModelError: As for `ask`.
        """
        name = self._retriever_name(retriever)
        asked = [(checked_question(query), item_id) for query, item_id in questions]
        selections = [self._selection(item_id, filters) for _, item_id in asked]
        found, searched = [], []
        for (query, _), selection in zip(asked, selections, strict=True):
            started = perf_counter()
            found.append(self._retrieve(query, selection, passages or self.settings.retrieval.top_k, name))
            searched.append(perf_counter() - started)
        started = perf_counter()
        answers = self._read([query for query, _ in asked], found, top_k)
        share = (perf_counter() - started) / max(1, len(asked))
        return [
            _result(query, item_id, of_query, documents, {"retrieval": retrieval, "reading": share})
            for (query, item_id), of_query, documents, retrieval in zip(asked, answers, found, searched, strict=True)
        ]

    def items(self) -> dict[str, int]:
        """
        Count the reviews of each item.

        :returns: Item ids with their number of reviews, most reviewed first.
        """
        first_passages = {"field": "meta.split_id", "operator": "==", "value": 0}
        return self.store.count_by("item_id", filters=first_passages)

    def reviews(self, item_id: str) -> list[Document]:
        """
        List the reviews of an item.

        :param item_id: The item.
        :returns: Whole reviews, each a Document whose id is the review's, in the order of their ids.
        :raises QueryError: If the store has no review of the item.
        """
        by_review: dict[str, list[Document]] = {}
        for passage in self.store.filter_documents(self._selection(item_id, None)):
            by_review.setdefault(passage.meta["review_id"], []).append(passage)
        return [whole_review(by_review[review_id]) for review_id in sorted(by_review)]

    def vector_count(self) -> int:
        """
        Count the passages in the dense index.

        :returns: How many dense retrieval can find; 0 where there is no index.
        """
        folder = dense_folder(self.store.path)
        return len(DenseIndex.open(folder)) if DenseIndex.exists(folder) else 0

    def close(self) -> None:
        """Release the store. The system cannot be used afterwards."""
        self.store.close()

    def __enter__(self) -> "QASystem":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _reader(self) -> Reader:
        return make_reader(self.settings)

    @cached_property
    def _locator(self) -> ReviewLocator:
        return ReviewLocator(self.store)

    def _retriever_name(self, retriever: str | None) -> str:
        name = retriever or self.settings.retrieval.retriever
        if name not in (*RETRIEVERS, "auto"):
            raise SettingsError(f"There is no retriever {name!r}. Valid are: auto, {', '.join(RETRIEVERS)}.")
        has_vectors = DenseIndex.exists(dense_folder(self.store.path))
        if name == "auto":
            return "hybrid" if has_vectors else "bm25"
        if "dense" in RETRIEVERS[name] and not has_vectors:
            raise StoreError(
                f"The store {self.store.path} has no vectors, which the retriever {name!r} needs. "
                "Run `qa index` on its reviews without --no-vectors, or use the retriever 'bm25'."
            )
        return name

    def _selection(self, item_id: str | None, filters: Filters | None) -> Filters | None:
        if filters:
            check_filters(filters, self.store.get_metadata_fields_info())
        if item_id is None:
            return filters
        if not self.store.count_documents_by_filter(item_filter(item_id)):
            raise unknown_item(item_id, list(self.items()))
        return both(item_filter(item_id), filters)

    def _retrieve(self, query: str, filters: Filters | None, top_k: int, retriever: str) -> list[Document]:
        if retriever not in self._retrieval:
            self._retrieval[retriever] = retrieval_pipeline(self.store, retriever, self.settings)
        names = RETRIEVERS[retriever]
        data: dict[str, Any] = {name: {"query": query, "filters": filters, "top_k": top_k} for name in names}
        if len(names) > 1:
            data["joiner"] = {"top_k": top_k}
        outputs = self._retrieval[retriever].run(data, include_outputs_from=set(names))
        rankings = {name: [document.id for document in outputs[name]["documents"]] for name in names}
        last = "joiner" if len(names) > 1 else names[0]
        return [_with_finders(document, rankings) for document in outputs[last]["documents"]]

    def _read(
        self, queries: list[str], documents: list[list[Document]], top_k: int | None
    ) -> list[list[ExtractedAnswer]]:
        answers = self._reader.run_batch(queries, documents, top_k=top_k, no_answer=True)
        return [self._locator.run(of_query)["answers"] for of_query in answers]


def _with_finders(document: Document, rankings: Mapping[str, list[str]]) -> Document:
    found_by = {name: ids.index(document.id) + 1 for name, ids in rankings.items() if document.id in ids}
    return replace(document, meta={**document.meta, "found_by": found_by})


def _result(
    query: str,
    item_id: str | None,
    answers: list[ExtractedAnswer],
    passages: list[Document],
    timings: dict[str, float],
) -> Result:
    """Tell the answers from the abstention, which the reader ranks among them."""
    abstentions = [answer for answer in answers if answer.data is None]
    if not abstentions:
        raise QueryError("The reader gave no probability that the question has no answer.")
    return Result(
        query=query,
        item_id=item_id,
        answers=[answer for answer in answers if answer.data is not None],
        abstained=answers[0].data is None,
        no_answer_score=abstentions[0].score,
        passages=passages,
        timings=timings,
    )
