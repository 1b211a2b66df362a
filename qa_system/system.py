"""The question answering system as an application uses it."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Literal

from haystack import Document, ExtractedAnswer
from haystack.components.retrievers.types.protocol import TextRetriever

from qa_system.catalogue import Catalogue
from qa_system.errors import QueryError, SettingsError, StoreError
from qa_system.feedback import Feedback
from qa_system.hybrid import with_finders
from qa_system.pipelines import RETRIEVERS, make_retriever, resolved_retriever
from qa_system.poll import Poll
from qa_system.queries import Filters, check_counts, checked_question
from qa_system.reading.locator import ReviewLocator
from qa_system.records import Result
from qa_system.settings import Settings, load_settings
from qa_system.stores.opening import open_store
from qa_system.stores.protocol import ReviewStore
from qa_system.survey import Survey
from qa_system.writing import OnToken, Writing

Mode = Literal["extract", "generate"]

_NO_ITEM = (
    "What reviewers agree on is about one item: name it (item_id, or --item). `qa items` lists the items, and "
    "`qa find` ranks them by what their reviewers say."
)


class QASystem(Survey, Catalogue, Feedback, Writing):
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

    def __init__(self, store: ReviewStore, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._retrievers: dict[str, TextRetriever] = {}
        self._writers = {}

    @classmethod
    def open(cls, store: str | Path | None = None, *, settings: Settings | None = None) -> "QASystem":
        """
        Open a store for asking.

        :param store: Folder of the store, or URL of a cluster; None takes it from the settings.
        :param settings: The settings; None gathers them from `qa.toml` and the environment.
        :returns: The system, to be closed after use or used in a `with` statement.
        :raises StoreError: If there is no such store, or another version made it.
        :raises SettingsError: If the settings are wrong.
        """
        settings = settings or load_settings()
        return cls(open_store(store, settings), settings)

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
        check_counts(top_k=top_k)
        self._check(filters)
        selection = self._selection(item_id, filters)
        return self._retrieve(checked_question(query), selection, top_k, self._resolved(retriever))

    def ask(
        self,
        query: str,
        *,
        item_id: str | None = None,
        filters: Filters | None = None,
        top_k: int | None = None,
        passages: int | None = None,
        retriever: str | None = None,
        consensus: bool = False,
        mode: Mode = "extract",
        generator: str | None = None,
        min_support: float | None = None,
        on_token: OnToken | None = None,
    ) -> Result:
        """
        Answer a question in the words of the reviewers, or in words of a generator that they support.

        :param query: The question.
        :param item_id: Only this item's reviews.
        :param filters: A Haystack filter on the reviews' metadata.
        :param top_k: Answers wanted, of `extract`; the setting `reader.top_k` by default.
        :param passages: Passages to read; the setting `retrieval.top_k` by default, with `consensus` the setting
            `consensus.passages`.
        :param retriever: `bm25`, `dense`, `hybrid` or `auto`; the setting `retrieval.retriever` by default.
        :param consensus: Whether to tell as well what the reviewers of the item agree on, of `extract`; the answers are
            the best of all reviews read then, one of each. It is kept beside the store until the reviews change.
        :param mode: `extract` finds spans of reviews; `generate` has an answer written, and checks it.
        :param generator: As for `write`; of `generate`, as are the two below.
        :param min_support: As for `write`.
        :param on_token: As for `write`.
        :returns: Answers with their evidence, or the abstention.
        :raises QueryError: If the question is empty or too long, the item or a filter's field is unknown, or there
            is no item to find a consensus about.
        :raises SettingsError: As for `write`; if there is no such mode, or a parameter is of the other one.
        :raises StoreError: If the retriever needs a dense index and the store has none.
        :raises ModelError: If the reader, the encoder or the generator cannot be loaded.
        :raises GenerationError: As for `write`.
        """
        _check_mode(
            mode,
            generator=generator,
            min_support=min_support,
            on_token=on_token,
            top_k=top_k,
            consensus=consensus or None,
        )
        if consensus:
            return self._polled(query, item_id, filters, top_k=top_k, passages=passages, retriever=retriever)
        if mode == "extract":
            asked = [(query, item_id)]
            return self.ask_many(asked, filters=filters, top_k=top_k, passages=passages, retriever=retriever)[0]
        started = perf_counter()
        found = self.search(query, item_id=item_id, filters=filters, top_k=passages, retriever=retriever)
        retrieval = perf_counter() - started
        written = self.write(
            query, found, item_id=item_id, generator=generator, min_support=min_support, on_token=on_token
        )
        return replace(written, timings={"retrieval": retrieval, **written.timings})

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
        check_counts(top_k=top_k, passages=passages)
        name = self._resolved(retriever)
        asked = [(checked_question(query), item_id) for query, item_id in questions]
        self._check(filters)
        selections = {item_id: self._selection(item_id, filters) for item_id in {item_id for _, item_id in asked}}
        found, searched = [], []
        for query, item_id in asked:
            started = perf_counter()
            found.append(self._retrieve(query, selections[item_id], passages, name))
            searched.append(perf_counter() - started)
        return self._read(asked, found, [{"retrieval": retrieval} for retrieval in searched], top_k)

    def read(
        self, query: str, passages: list[Document], *, item_id: str | None = None, top_k: int | None = None
    ) -> Result:
        """
        Answer a question from passages that `search` found, for a program that shows them meanwhile.

        :param query: The question.
        :param passages: What `search` gave for it.
        :param item_id: The item it was asked about.
        :param top_k: As for `ask`.
        :returns: What `ask` gives; its `timings` are those of reading.
        :raises QueryError: If the question is empty or too long.
        :raises ModelError: If the reader cannot be loaded.
        """
        check_counts(top_k=top_k)
        return self._read([(checked_question(query), item_id)], [passages], [{}], top_k)[0]

    def retrievers(self) -> list[str]:
        """
        Name the retrievers that this store can be searched by.

        :returns: Those of `bm25`, `dense`, `hybrid` and `auto` that `search` takes, `auto` first.
        """
        return [name for name in RETRIEVERS if self._is_ready_for(name)]

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
    def _poll(self) -> Poll:
        return Poll(self.store, self.settings, self._reader)

    @cached_property
    def _locator(self) -> ReviewLocator:
        return ReviewLocator(self.store)

    def _read(
        self,
        asked: list[tuple[str, str | None]],
        found: list[list[Document]],
        timings: list[dict[str, float]],
        top_k: int | None,
    ) -> list[Result]:
        started = perf_counter()
        answers = self._reader.run_batch([query for query, _ in asked], found, top_k=top_k, no_answer=True)
        located = [self._locator.run(of_query)["answers"] for of_query in answers]
        share = (perf_counter() - started) / max(1, len(asked))
        return [
            _result(query, item_id, of_query, documents, {**spent, "reading": share})
            for (query, item_id), of_query, documents, spent in zip(asked, located, found, timings, strict=True)
        ]

    def _polled(
        self,
        query: str,
        item_id: str | None,
        filters: Filters | None,
        *,
        top_k: int | None,
        passages: int | None,
        retriever: str | None,
    ) -> Result:
        check_counts(top_k=top_k, passages=passages)
        question, name = checked_question(query), self._resolved(retriever)
        self._check(filters)
        if item_id is None:
            raise QueryError(_NO_ITEM)
        return self._poll.ask(
            question,
            item_id=item_id,
            selection=self._selection(item_id, filters) or {},
            retriever=name,
            passages=passages,
            top_k=top_k,
        )

    def _is_ready_for(self, retriever: str) -> bool:
        try:
            self._resolved(retriever)
        except StoreError:
            return False
        return True

    def _retrieve(self, query: str, filters: Filters | None, top_k: int | None, name: str) -> list[Document]:
        if name not in self._retrievers:
            self._retrievers[name] = make_retriever(self.store, self.settings, name)
        documents = self._retrievers[name].run(query=query, filters=filters, top_k=top_k)["documents"]
        is_noted = documents and "found_by" in documents[0].meta
        return documents if is_noted else with_finders(documents, {name: documents})

    def _resolved(self, retriever: str | None) -> str:
        return resolved_retriever(self.store, retriever or self.settings.retrieval.retriever)


def _check_mode(mode: str, **given: object) -> None:
    """Refuse parameters that would do nothing."""
    of_mode = {"extract": {"top_k", "consensus"}, "generate": {"generator", "min_support", "on_token"}}
    if mode not in of_mode:
        raise SettingsError(f"There is no mode {mode!r}. Valid are: {', '.join(of_mode)}.")
    idle = [name for name, value in given.items() if value is not None and name not in of_mode[mode]]
    if idle:
        raise SettingsError(f"The mode {mode!r} takes no {' and no '.join(idle)}, which the other one does.")


def _result(
    query: str,
    item_id: str | None,
    answers: list[ExtractedAnswer],
    passages: list[Document],
    timings: dict[str, float],
) -> Result:
    """Tell the answers from the abstention, which the reader ranks among them."""
    return Result(
        query=query,
        item_id=item_id,
        answers=[answer for answer in answers if answer.data is not None],
        abstained=answers[0].data is None,
        no_answer_score=next(answer.score for answer in answers if answer.data is None),
        passages=passages,
        timings=timings,
    )
