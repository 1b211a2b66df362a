"""What many reviewers say: the pros and cons of an item, facts about several, and which item to look at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING

from haystack import Document

from qa_system.aspects.finding import found_item, is_of_kind, likely_items, ranked
from qa_system.aspects.keeping import kept_summary, restored_summary
from qa_system.aspects.records import FactRow, FoundItem, Summary
from qa_system.aspects.summarizer import AspectSummarizer
from qa_system.aspects.wanted import wanted
from qa_system.cache import Cache
from qa_system.catalogue import Catalogue
from qa_system.consensus.wording import stance_words
from qa_system.errors import QueryError
from qa_system.inference.model_files import may_be_found
from qa_system.pipelines import make_summarizer
from qa_system.queries import Filters, check_counts, checked_question, unknown_item
from qa_system.records import Consensus, Result
from qa_system.reviews import reviews_digest
from qa_system.settings import Settings
from qa_system.stores.protocol import ReviewStore

SUMMARY = "summary"
"""Kind of what is kept of a summary."""
FOUND_PASSAGES = 200
"""Passages of all items that are looked at to choose the items whose reviews are read."""
READ_PASSAGES = 20
"""Passages of each of these items that are read."""

Progress = Callable[[str, int, int | None], None]
"""Told of the stage, how much of it is done, and the total or None."""


@dataclass(slots=True)
class SummaryReport:
    """
    What a job that sums up items did.

    :param items: Items that have a summary now.
    :param kept: How many of them had one before, of the same reviews.
    :param reviews: Reviews of the items that were summed up anew.
    :param seconds: Time that these took.
    """

    items: int = 0
    kept: int = 0
    reviews: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Reviews a second; 0 where none were summed up."""
        return self.reviews / self.seconds if self.seconds else 0.0


class Survey(Catalogue):
    """The methods of a system that tell what many reviewers say."""

    store: ReviewStore
    settings: Settings

    if TYPE_CHECKING:  # of the system that these methods are a part of

        def search(self, query: str, *, filters: Filters | None = None, top_k: int | None = None) -> list[Document]:
            """As of `QASystem`."""
            raise NotImplementedError

        def ask(
            self,
            query: str,
            *,
            item_id: str | None = None,
            filters: Filters | None = None,
            passages: int | None = None,
            consensus: bool = False,
        ) -> Result:
            """As of `QASystem`."""
            raise NotImplementedError

    def has_opinions(self) -> bool:
        """
        Tell whether what reviewers agree on, praise and complain about can be found.

        :returns: Whether the model of the setting `consensus.model` is there. What stands on the Hugging Face hub
            counts as there, whether it can be reached or not.
        """
        return may_be_found(self.settings.consensus.model)

    def summary(self, item_id: str) -> Summary:
        """
        Sum up what reviewers praise in an item and what they complain about. It is kept, and made anew when the
        reviews of the item change.

        :param item_id: The item.
        :returns: The summary; each quote is located in its review.
        :raises QueryError: If the store has no review of the item.
        :raises ModelError: If a model cannot be loaded.
        """
        reviews = self.reviews(item_id)
        state = self._state(reviews)
        kept = self._cache.load(SUMMARY, item_id, state=state)
        return restored_summary(item_id, kept, reviews) if kept else self._new_summary(item_id, reviews, state)

    def summarise_all(
        self,
        item_ids: Iterable[str] | None = None,
        *,
        report: SummaryReport | None = None,
        progress: Progress = lambda stage, done, total: None,
    ) -> SummaryReport:
        """
        Sum up many items, so that `summary` has them at hand. After an interruption it goes on where it was, and items
        whose reviews have not changed are passed over.

        :param item_ids: The items; None for all.
        :param report: A report to fill, for a caller who wants to see it after an interruption.
        :param progress: Told how many reviews are done.
        :returns: What was done.
        :raises QueryError: If the store has no review of an item; nothing is summed up then.
        :raises ModelError: If a model cannot be loaded.
        """
        report = report or SummaryReport()
        counts = self._counts(item_ids)
        total, done = sum(counts.values()), 0
        for item_id in counts:
            self._summarise(item_id, report)
            done += counts[item_id]
            progress("reviews", done, total)
        return report

    def facts(
        self,
        item_ids: Iterable[str] | None,
        questions: Sequence[str],
        *,
        progress: Progress = lambda stage, done, total: None,
    ) -> list[FactRow]:
        """
        Ask the same questions about several items.

        :param item_ids: The items; None for all.
        :param questions: Such as "What kind of camera is this?".
        :param progress: Told how many answers are done.
        :returns: A row for each item and question, item by item in the order given; what most reviewers state, and how
            many they are.
        :raises QueryError: If a question is empty or too long, there is none, or the store has no review of an item;
            nothing is asked then.
        :raises ModelError: If a model cannot be loaded.
        """
        asked = [checked_question(question) for question in questions]
        if not asked:
            raise QueryError('There is no question. Ask at least one, such as "What kind of camera is this?".')
        pairs = [(item_id, question) for item_id in self._counts(item_ids) for question in asked]
        rows: list[FactRow] = []
        for item_id, question in pairs:
            rows.append(_fact(item_id, question, self._consensus(question, item_id)))
            progress("answers", len(rows), len(pairs))
        return rows

    def find(
        self, query: str, *, filters: Filters | None = None, top_k: int = 5, candidates: int = 10
    ) -> list[FoundItem]:
        """
        Find the items whose reviewers say that they are what is looked for.

        :param query: Such as "a quiet fridge for a small kitchen", or a question that can be answered by yes.
        :param filters: A Haystack filter on the reviews' metadata.
        :param top_k: Items wanted.
        :param candidates: Items whose reviews are read: those whose passages speak most of it.
        :returns: Items that at least one reviewer speaks for, best first.
        :raises QueryError: If the query is empty or too long, or a filter's field is unknown.
        :raises ModelError: If a model cannot be loaded.
        """
        check_counts(top_k=top_k, candidates=candidates)
        looked_for = checked_question(query)
        passages = self.search(looked_for, filters=filters, top_k=FOUND_PASSAGES)
        (question, kind), counts = wanted(looked_for, self.store.language), self.items()
        chosen = self._of_kind(kind, likely_items(passages, most=len(counts)), counts)[:candidates]
        found = [
            found_item(item_id, self._consensus(question, item_id, filters, READ_PASSAGES), reviews=counts[item_id])
            for item_id in chosen
        ]
        return ranked(found, top_k=top_k)

    @cached_property
    def _summarizer(self) -> AspectSummarizer:
        return make_summarizer(self.store, self.settings)

    def _new_summary(self, item_id: str, reviews: list[Document], state: str) -> Summary:
        summary = self._summarizer.run(reviews)["summary"]
        self._cache.save(SUMMARY, item_id, kept_summary(summary), state=state)
        return summary

    def _summarise(self, item_id: str, report: SummaryReport) -> None:
        started, reviews = perf_counter(), self.reviews(item_id)
        state = self._state(reviews)
        if self._cache.load(SUMMARY, item_id, state=state):
            report.kept += 1
        else:
            self._new_summary(item_id, reviews, state)
            report.reviews += len(reviews)
            report.seconds += perf_counter() - started
        report.items += 1

    def _state(self, reviews: Sequence[Document]) -> str:
        return f"{reviews_digest(reviews)} {self._summarizer.fingerprint}"

    @cached_property
    def _cache(self) -> Cache:
        return Cache(self.store.path, most=None)  # one entry for each item

    def _counts(self, item_ids: Iterable[str] | None) -> dict[str, int]:
        """Count the reviews of items, each named once, and refuse those that there are none of."""
        self._check(None)
        known = self.items()
        chosen = list(dict.fromkeys(known if item_ids is None else item_ids))
        for item_id in chosen:
            if item_id not in known:
                raise unknown_item(item_id, list(known))
        return {item_id: known[item_id] for item_id in chosen}

    def _consensus(
        self, question: str, item_id: str, filters: Filters | None = None, passages: int | None = None
    ) -> Consensus:
        asked = self.ask(question, item_id=item_id, filters=filters, passages=passages, consensus=True)
        if asked.consensus is None:
            raise RuntimeError("A consensus was asked for and is not there.")
        return asked.consensus

    def _of_kind(self, kind: str, items: dict[str, Document], counts: dict[str, int]) -> list[str]:
        """Leave out what is another kind of product, unless all are: then it is known by another name."""
        of_kind = [
            item_id for item_id, passage in items.items() if is_of_kind(kind, passage, counts[item_id], self.store)
        ]
        return of_kind or list(items)


def _fact(item_id: str, question: str, consensus: Consensus) -> FactRow:
    leading = consensus.leading
    if leading is None:
        return FactRow(item_id, question, "", consensus)
    answer = stance_words(leading) if consensus.kind == "yes/no" else leading.quotes[0].data
    return FactRow(item_id, question, answer or "", consensus)
