"""What people judged about the reviews of a store, in a second document store beside it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from time import monotonic, sleep
from typing import Any, TypeVar

from haystack import Document
from haystack.document_stores.types import DocumentStore, DuplicatePolicy

from qa_system.errors import StoreLockedError
from qa_system.queries import equal
from qa_system.records import Label, StoredLabel, Verdict
from qa_system.reviews import label_fault, stored_texts, text_digest
from qa_system.stores.protocol import ReviewStore

FOLDER = "labels"
"""Name of the label side of a store."""

_BATCH = 1000
_PATIENCE = 30.0
_PAUSE = 0.05
_CONTRADICTORY = ({"right", "absent"}, {"marked", "absent"})
T = TypeVar("T")


class LabelStore:
    """
    The labels of a store. Each is a Haystack Document: its content is the question, its metadata are the rest.

    They have a writer of their own, so feedback can be given while an indexing job holds that of the reviews. Whoever
    finds it taken waits: a label is written in a moment.

    :param documents: The document store that keeps them.
    """

    def __init__(self, documents: ReviewStore) -> None:
        self._documents = documents

    @classmethod
    def of(cls, store: ReviewStore) -> "LabelStore":
        """
        Find the labels that belong to a store of reviews.

        :param store: The store of reviews.
        :returns: Its labels; nothing is made before the first is written.
        :raises StoreError: They cannot be read.
        """
        return cls(store.beside(FOLDER))

    def put(self, label: StoredLabel) -> None:
        """
        Keep a label, in the place of one that judged the same. It is safe on the disk when this returns.

        :param label: The label.
        :raises StoreLockedError: Another process has been writing for half a minute.
        :raises StoreError: The labels cannot be written.
        """
        _when_free(lambda: self._documents.write_documents([_document(label)], policy=DuplicatePolicy.OVERWRITE))

    def add(self, labels: Sequence[StoredLabel]) -> int:
        """
        Keep those labels that are not kept yet.

        :param labels: The labels.
        :returns: How many were new.
        :raises StoreLockedError: As of `put`.
        :raises StoreError: As of `put`.
        """
        documents = [_document(label) for label in labels]
        return _when_free(lambda: self._documents.write_documents(documents, policy=DuplicatePolicy.SKIP))

    def remove(self, ids: list[str]) -> None:
        """
        Forget labels.

        :param ids: Of the labels; unknown ones are passed over.
        :raises StoreLockedError: As of `put`.
        :raises StoreError: As of `put`.
        """
        _when_free(lambda: self._documents.delete_documents(ids))

    def find(
        self, *, item_id: str | None = None, review_id: str | None = None, origin: str | None = None
    ) -> Iterator[StoredLabel]:
        """
        Go through labels as they are at the start, in the order in which they were written; a cluster keeps none.

        :param item_id: Only those on this item's reviews.
        :param review_id: Only those on reviews with this id.
        :param origin: Only those of this origin.
        :returns: The labels.
        """
        wanted = equal(item_id=item_id, review_id=review_id, origin=origin)
        return map(_label, self._documents.iter_documents(wanted))

    def contradicted_by(self, label: StoredLabel, *, annotation: str = "") -> list[str]:
        """
        Find what a judge has taken back by judging anew: that words of a review answer a question, where nothing in it
        does, or the reverse. That words are wrong goes with both.

        :param label: The newer judgement.
        :param annotation: What the judge is told apart by, as of `new_label`.
        :returns: Ids of the same judge's labels on the same question and review that say the contrary.
        """
        others = self.find(item_id=label.item_id, review_id=label.review_id, origin=label.origin)
        return [
            other.id
            for other in others
            if other.question == label.question and {other.verdict, label.verdict} in _CONTRADICTORY
            if other.id == _id(label.question, label.item_id, other.label, label.origin, label.split, annotation)
        ]


def with_faults(labels: Iterable[StoredLabel], reviews: DocumentStore) -> Iterator[tuple[StoredLabel, str | None]]:
    """
    Check labels against the reviews they judge.

    :param labels: The labels.
    :param reviews: The store of the reviews.
    :returns: Each label with what is wrong with it; None if its review is there and has its words where it says.
    """
    labels = iter(labels)
    while batch := list(islice(labels, _BATCH)):
        texts = stored_texts(reviews, {label.review_key for label in batch})
        for label in batch:
            yield label, label_fault(label.label, texts.get(label.item_id, {}), digest=label.review_digest)


def new_label(
    question: str,
    item_id: str,
    label: Label,
    verdict: Verdict,
    *,
    origin: str,
    split: str | None = None,
    annotation: str = "",
    review: str | None = None,
) -> StoredLabel:
    """
    Make a label to be stored now.

    :param question: The question, in words.
    :param item_id: The item asked about.
    :param label: The review and the span judged.
    :param verdict: The judgement.
    :param origin: Who judged.
    :param split: The split of the data set.
    :param annotation: Tells apart who judged the same under one origin.
    :param review: The whole text that was judged, as stored; None where it is not at hand.
    :returns: The label.
    """
    return StoredLabel(
        id=_id(question, item_id, label, origin, split, annotation),
        question=question,
        item_id=item_id,
        review_id=label.review_id,
        verdict=verdict,
        text=label.text,
        start=label.start,
        end=label.end,
        origin=origin,
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        split=split,
        review_digest=None if label.has_answer or review is None else text_digest(review),
    )


def _id(question: str, item_id: str, label: Label, origin: str, split: str | None, annotation: str) -> str:
    judged = (origin, split, annotation, question, item_id, label.review_id, label.start, label.end)
    return blake2b(repr(judged).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _document(label: StoredLabel) -> Document:
    meta = {name: value for name, value in asdict(label).items() if value is not None}
    return Document(id=meta.pop("id"), content=meta.pop("question"), meta=meta)


def _label(document: Document) -> StoredLabel:
    meta: dict[str, Any] = document.meta
    return StoredLabel(id=document.id, question=document.content or "", **meta)


def _when_free(write: Callable[[], T]) -> T:
    given_up = monotonic() + _PATIENCE
    while True:
        try:
            return write()
        except StoreLockedError:
            if monotonic() > given_up:
                raise
        sleep(_PAUSE)
