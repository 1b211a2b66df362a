"""Asking all reviewers of an item: many of its reviews read, each heard once, and kept until they change."""

import json
from collections.abc import Sequence
from functools import cached_property
from time import perf_counter
from typing import NamedTuple

from haystack import Document, ExtractedAnswer
from haystack.components.retrievers.types.protocol import TextRetriever

from qa_system.cache import Cache
from qa_system.consensus.agreement import one_each
from qa_system.consensus.component import ConsensusBuilder
from qa_system.consensus.copies import originals
from qa_system.consensus.stored import read_answers, read_consensus, stored_answers, stored_consensus
from qa_system.dense.model_files import weights_of
from qa_system.dense.vectors import encoder_of, vectors_of
from qa_system.hybrid import with_finders
from qa_system.pipelines import make_consensus, make_retriever
from qa_system.queries import Filters
from qa_system.reading.locator import ReviewLocator
from qa_system.reading.reader import Reader
from qa_system.records import Consensus, Result
from qa_system.reviews import ReviewKey, review_key, reviews_digest, stored_passages, text_digest, whole_review
from qa_system.settings import Settings
from qa_system.stores.protocol import ReviewStore

KIND = "consensus"
VERSION = 2
"""Counts up whenever the same reviews, models and settings give another consensus than before."""

_DEPTH = 5  # passages looked at for each that is read: copies are not
_MOST_ANSWERS = 100  # kept with a consensus: as many as `reader.top_k` allows


class Heard(NamedTuple):
    """
    What reviewers say to a question.

    :param answers: The best span of each review, best first.
    :param consensus: What they agree on.
    """

    answers: list[ExtractedAnswer]
    consensus: Consensus


class Poll:
    """
    Asks the reviewers of an item. Safe to use from several threads.

    :param store: The document store.
    :param settings: The settings.
    :param reader: What finds answers in passages.
    """

    def __init__(self, store: ReviewStore, settings: Settings, reader: Reader) -> None:
        self.store = store
        self.settings = settings
        self.reader = reader
        self._retrievers: dict[str, TextRetriever] = {}

    def ask(
        self,
        question: str,
        *,
        item_id: str,
        selection: Filters,
        retriever: str,
        passages: int | None = None,
        top_k: int | None = None,
    ) -> Result:
        """
        Find what the reviewers of an item agree on.

        :param question: The question, checked.
        :param item_id: The item.
        :param selection: The filter that its passages pass, and maybe fewer of them.
        :param retriever: Name of the retriever.
        :param passages: Passages to read at most; the setting `consensus.passages` by default.
        :param top_k: Answers wanted; the setting `reader.top_k` by default.
        :returns: The result: the best answers, of different reviews, and the consensus.
        :raises ModelError: If a model cannot be loaded.
        """
        started = perf_counter()
        limit = passages or self.settings.consensus.passages
        found = self._passages(question, selection, retriever, limit)
        reviews = self._reviews(found)
        timings = {"retrieval": perf_counter() - started}
        subject = json.dumps([item_id, question, selection, limit, retriever], default=str)
        state = self._state([passage.id for passage in found], list(reviews.values()))
        heard = self._kept(subject, state, question, reviews)
        if heard is None:
            heard = self._read(question, found, reviews, limit, timings)
            self._keep(subject, state, heard)
        best = heard.answers[0].score if heard.answers else 0.0
        return Result(
            query=question,
            item_id=item_id,
            answers=heard.answers[: top_k or self.settings.reader.top_k],
            abstained=best < 1 - best,  # the reader ranks the no-answer among its answers
            no_answer_score=1 - best,
            passages=found[: self.settings.retrieval.top_k],
            timings=timings,
            consensus=heard.consensus,
        )

    def _passages(self, question: str, selection: Filters, retriever: str, limit: int) -> list[Document]:
        """Take all passages of a small item, and those of a large one that may speak of the question."""
        found = self._retrieve(question, selection, retriever, limit * _DEPTH)
        if self.store.count_documents_by_filter(selection) > limit:
            return found
        ids = {passage.id for passage in found}
        others = [passage for passage in self.store.filter_documents(selection) if passage.id not in ids]
        return found + sorted(others, key=lambda passage: passage.id)

    def _retrieve(self, question: str, selection: Filters, name: str, most: int) -> list[Document]:
        """Search without a reranker, which would read all that the reader reads next."""
        if name not in self._retrievers:
            retrieval = self.settings.retrieval.model_copy(update={"reranker": None})
            settings = self.settings.model_copy(update={"retrieval": retrieval})
            self._retrievers[name] = make_retriever(self.store, settings, name)
        found = self._retrievers[name].run(query=question, filters=selection, top_k=most)["documents"]
        return found if name == "hybrid" else with_finders(found, {name: found})

    def _reviews(self, found: Sequence[Document]) -> dict[ReviewKey, Document]:
        keys = dict.fromkeys(review_key(passage) for passage in found)
        stored = stored_passages(self.store, keys.keys())
        return {key: whole_review(stored[key]) for key in keys if key in stored}

    def _read(
        self,
        question: str,
        found: Sequence[Document],
        reviews: dict[ReviewKey, Document],
        limit: int,
        timings: dict[str, float],
    ) -> Heard:
        """Read what is no copy, each passage for its best span."""
        started = perf_counter()
        passages, read = _without_copies(found, reviews, limit)
        of_each = self.reader.run_batch(
            [question] * len(passages), [[passage] for passage in passages], top_k=1, no_answer=False
        )
        located = self._locator.run([answer for of_passage in of_each for answer in of_passage])["answers"]
        answers = one_each(located, {})
        timings["reading"] = perf_counter() - started
        consensus = self._builder.run(question, answers, read)["consensus"]
        timings["consensus"] = perf_counter() - started - timings["reading"]
        return Heard(answers[:_MOST_ANSWERS], consensus)

    def _kept(self, subject: str, state: str, question: str, reviews: dict[ReviewKey, Document]) -> Heard | None:
        stored = self._cache.load(KIND, subject, state=state) if self.settings.consensus.keep else None
        try:
            return stored and Heard(
                read_answers(stored["answers"], question, reviews),
                read_consensus(stored["consensus"], question, reviews),
            )
        except (KeyError, TypeError, ValueError):  # nothing that this version wrote
            return None

    def _keep(self, subject: str, state: str, heard: Heard) -> None:
        if not self.settings.consensus.keep:
            return
        value = {
            "answers": stored_answers(heard.answers),
            "consensus": stored_consensus(heard.consensus),
        }
        self._cache.save(KIND, subject, value, state=state)

    def _state(self, passages: list[str], reviews: list[Document]) -> str:
        """Sum up all that a consensus is made of."""
        reader = self.settings.reader.model_dump(mode="json", exclude={"top_k", "device"})
        consensus = self.settings.consensus.model_dump(mode="json", exclude={"device", "keep"})
        made_of = [VERSION, sorted(passages), reviews_digest(reviews), self._models, reader, consensus]
        return text_digest(json.dumps(made_of, sort_keys=True))

    @cached_property
    def _models(self) -> list[str]:
        encoder = encoder_of(vectors_of(self.store), self.settings.dense).identity
        return [*map(weights_of, (self.settings.reader.model, self.settings.consensus.model)), encoder.passage_weights]

    @cached_property
    def _cache(self) -> Cache:
        return Cache(self.store.path)

    @cached_property
    def _locator(self) -> ReviewLocator:
        return ReviewLocator(self.store)

    @cached_property
    def _builder(self) -> ConsensusBuilder:
        return make_consensus(self.store, self.settings)


def _without_copies(
    found: Sequence[Document], reviews: dict[ReviewKey, Document], limit: int
) -> tuple[list[Document], list[Document]]:
    """Give the passages to read, and their reviews with all copies of them."""
    keys = list(reviews)
    first = originals([review.content or "" for review in reviews.values()])
    original = {key: keys[index] for key, index in zip(keys, first, strict=True)}
    passages = [passage for passage in found if original.get(review_key(passage)) == review_key(passage)][:limit]
    read = {review_key(passage) for passage in passages}
    return passages, [review for key, review in reviews.items() if original[key] in read]
