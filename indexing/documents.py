"""
The indexing job: every review of a source into the document store, once.

The store itself remembers what was written: each passage carries the fingerprint of its review. So a run that was
killed goes on where the last batch was committed, and a run over an unchanged source writes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from haystack import Document
from haystack.document_stores.types import DuplicatePolicy

from qa_system.errors import SourceError
from qa_system.indexing.passages import passages_of
from qa_system.indexing.shard import WHOLE, Shard
from qa_system.records import Rejection
from qa_system.reviews import review_key, stored_passages
from qa_system.settings import IndexingSettings
from qa_system.sources import Located, iter_reviews
from qa_system.stores.protocol import ReviewStore


@dataclass(slots=True)
class IndexReport:
    """
    What an indexing run did, in reviews.

    :param written: Reviews the store did not have.
    :param unchanged: Reviews the store had already, as they are; rows that repeat a review word for word too.
    :param replaced: Reviews whose text or metadata had changed.
    :param rejected: Reviews that could not be indexed; each was reported with file and line.
    :param pruned: Reviews removed because the source no longer has them.
    :param passages: Passages written for the written and replaced reviews.
    :param labels: Judgements of annotators that came with the reviews and that the store did not have.
    :param refused: Passages that a cluster would not take; they are in its dead-letter file.
    :param embedded: Passages whose vectors were missing and are now in the dense index.
    """

    written: int = 0
    unchanged: int = 0
    replaced: int = 0
    rejected: int = 0
    pruned: int = 0
    passages: int = 0
    labels: int = 0
    refused: int = 0
    embedded: int = 0

    @property
    def read(self) -> int:
        """Reviews the source held, rejected ones included."""
        return self.written + self.unchanged + self.replaced + self.rejected


def index_reviews(
    path: str | Path,
    store: ReviewStore,
    report: IndexReport,
    *,
    settings: IndexingSettings,
    source: str | None = None,
    format: str | None = None,  # noqa: A002 (the name users know from `--format`)
    mapping: Mapping[str, str] | None = None,
    prune: bool = False,
    alone: bool = False,
    strict: bool = False,
    shard: Shard = WHOLE,
    on_reject: Callable[[Rejection], None],
    progress: Callable[[Located], None] = lambda located: None,
) -> None:
    """
    Write the reviews of a source into the store.

    :param path: File or folder of reviews.
    :param store: Where they go. The job holds its writer throughout, and each batch is one atomic commit.
    :param report: Filled as the job goes on, so that it tells what was done even after Ctrl-C.
    :param settings: Sizes of passages and batches.
    :param source: Name that ties the reviews to their source; the resolved path by default.
    :param format: Format of the source; detected by default.
    :param mapping: Our field names to the source's column names.
    :param prune: Also remove reviews of this source that it no longer has. Nothing is removed when a row was rejected,
        which may be any review, or when the source is empty.
    :param alone: The store is to hold this source and nothing else: whatever it has from an earlier try goes.
    :param strict: Stop at the first row that cannot be indexed.
    :param shard: Only this share of the reviews; nothing is said of the others.
    :param on_reject: Told of each rejected row.
    :param progress: Told of each review read.
    :raises SourceError: If the source cannot be read, or, with `strict`, at the first bad row.
    :raises StoreLockedError: If another job writes to the store.
    :raises StoreError: If the store cannot be written.
    """
    source = source_name(path, source)

    def reject(rejection: Rejection) -> None:
        report.rejected += 1
        on_reject(rejection)
        if strict:
            raise SourceError(f"{rejection} Leave out --strict to skip such rows.")

    seen: dict[int, int] = {}
    located = _told(iter_reviews(path, format=format, mapping=mapping, on_reject=reject), progress)
    reviews = _cut(_of_shard(located, shard), reject, source=source, settings=settings)
    batches = _batches(_first_of_each(reviews, seen, reject, report), settings.batch_size)
    first = next(batches, [])  # read before a store is made: a source that is none should leave nothing behind
    try:
        with store.writing():
            is_new = store.count_documents() == 0
            for batch in chain([first], batches):
                _write(batch, store, report, is_new=is_new)
            if alone or (prune and seen and not report.rejected):
                report.pruned = _prune(store, source, seen, shard)
    finally:
        report.refused = store.refused


def source_name(path: str | Path, source: str | None) -> str:
    """
    Name a source as its reviews do.

    :param path: File or folder of reviews.
    :param source: The name it was given.
    :returns: That name, else the resolved path.
    """
    return source or str(Path(path).expanduser().resolve())


def _of_shard(located: Iterable[Located], shard: Shard) -> Iterator[Located]:
    return (review for review in located if shard.holds(review_key(review.document)))


def _told(located: Iterable[Located], progress: Callable[[Located], None]) -> Iterator[Located]:
    for one in located:
        progress(one)
        yield one


def _cut(
    reviews: Iterable[Located], reject: Callable[[Rejection], None], *, source: str, settings: IndexingSettings
) -> Iterator[tuple[Located, list[Document]]]:
    for review in reviews:
        passages = passages_of(
            review.document, source=source, length=settings.passage_chars, overlap=settings.passage_overlap
        )
        if passages:
            yield review, passages
        else:
            reject(Rejection(review.path, review.line, "The review has no text once markup is removed."))


def _first_of_each(
    reviews: Iterable[tuple[Located, list[Document]]],
    seen: dict[int, int],
    reject: Callable[[Rejection], None],
    report: IndexReport,
) -> Iterator[list[Document]]:
    """Pass each review on once. `seen` holds hashes, not ids: a source may have more reviews than memory has room."""
    for review, passages in reviews:
        key, content = hash(review_key(passages[0])), hash(passages[0].meta["fingerprint"])
        if key not in seen:
            seen[key] = content
            yield passages
        elif seen[key] == content:
            report.unchanged += 1
        else:
            item, name = review_key(passages[0])
            reason = f"Review {name!r} of item {item!r} came before with other text or metadata; the first was kept."
            reject(Rejection(review.path, review.line, reason))


def _batches(reviews: Iterator[list[Document]], size: int) -> Iterator[list[list[Document]]]:
    while batch := list(islice(reviews, size)):
        yield batch


def _write(batch: list[list[Document]], store: ReviewStore, report: IndexReport, *, is_new: bool) -> None:
    """Write what is missing. A store that was empty when the job began has nothing but what the job wrote itself."""
    reviews = {review_key(passages[0]): passages for passages in batch}
    stored = {} if is_new else stored_passages(store, reviews)
    changed = {key: passages for key, passages in reviews.items() if not _is_stored(passages, stored.get(key, []))}
    new = {passage.id: passage for passages in changed.values() for passage in passages}
    if new:
        store.delete_documents([old.id for key in changed for old in stored.get(key, []) if old.id not in new])
        store.write_documents(list(new.values()), policy=DuplicatePolicy.OVERWRITE)
        store.commit()
    replaced = sum(key in stored for key in changed)
    report.replaced += replaced
    report.written += len(changed) - replaced
    report.unchanged += len(batch) - len(changed)
    report.passages += len(new)


def _is_stored(passages: list[Document], stored: list[Document]) -> bool:
    fingerprints = {passage.meta.get("fingerprint") for passage in stored}
    return fingerprints == {passages[0].meta["fingerprint"]} and len(stored) == len(passages)


def _prune(store: ReviewStore, source: str, seen: dict[int, int], shard: Shard) -> int:
    of_source = store.iter_documents({"field": "meta.source", "operator": "==", "value": source})
    keys = ((passage.id, review_key(passage)) for passage in of_source)
    gone = [(passage_id, key) for passage_id, key in keys if hash(key) not in seen and shard.holds(key)]
    store.delete_documents([passage_id for passage_id, _ in gone])
    return len({key for _, key in gone})
