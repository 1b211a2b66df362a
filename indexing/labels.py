"""The labelled questions of a source into the labels of a store: each judgement once, on the review as it is stored."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from qa_system.errors import SourceError
from qa_system.indexing.documents import IndexReport, source_name
from qa_system.indexing.passages import stored_question
from qa_system.indexing.shard import WHOLE, Shard
from qa_system.records import Label, Question, Rejection, StoredLabel
from qa_system.sources import read_questions
from qa_system.stores.labels import LabelStore, new_label, with_faults
from qa_system.stores.protocol import ReviewStore


def index_labels(
    path: str | Path,
    store: ReviewStore,
    report: IndexReport,
    *,
    source: str | None = None,
    format: str | None = None,  # noqa: A002 (the name users know from `--format`)
    mapping: Mapping[str, str] | None = None,
    batch_size: int,
    shard: Shard = WHOLE,
    prune: bool = False,
    strict: bool = False,
    on_reject: Callable[[Rejection], None],
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """
    Keep what the annotators of a source judged; a run over an unchanged source writes nothing.

    :param path: File or folder of labelled questions.
    :param store: The store, which holds the reviews already.
    :param report: Filled as the job goes on.
    :param source: Origin of the labels; the resolved path by default.
    :param format: Format of the source; detected by default.
    :param mapping: Our field names to the source's column names.
    :param batch_size: Labels written in one atomic step.
    :param shard: Only labels on this share of the reviews.
    :param prune: Also forget labels of this origin that the source no longer has. None is forgotten where a row was
        rejected or the source has no labels.
    :param strict: Stop at the first row or label that is wrong.
    :param on_reject: Told of each row that cannot be read, and of each label that does not fit the stored review.
    :param progress: Told how many labels were gone through.
    :raises SourceError: If the source cannot be read, or, with `strict`, at the first rejection.
    :raises StoreError: If labels cannot be written.
    """
    origin = source_name(path, source)
    labels, seen, rejected = LabelStore.of(store), set[str](), 0

    def reject(rejection: Rejection) -> None:
        nonlocal rejected
        rejected += 1
        on_reject(rejection)
        if strict:
            raise SourceError(f"{rejection} Leave out --strict to skip such labels.")

    questions = read_questions(path, format=format, mapping=mapping, on_reject=reject)
    ours = (label for label in _all_labels(questions, origin) if shard.holds(label.review_key))
    found = with_faults(ours, store)
    for batch in _batches(_fitting(found, Path(path), reject), batch_size):
        report.labels += labels.add(batch)
        seen.update(label.id for label in batch)
        progress(len(seen))
    if prune and seen and not rejected:
        gone = (label for label in labels.find(origin=origin) if label.id not in seen)
        labels.remove([label.id for label in gone if shard.holds(label.review_key)])


def _all_labels(questions: Iterable[Question], origin: str) -> Iterator[StoredLabel]:
    for question in questions:
        yield from _labels(stored_question(question), origin)


def _labels(question: Question, origin: str) -> Iterator[StoredLabel]:
    """Leave out judgements of whole reviews (BEIR): they tell where the answer is, and not what it is."""
    times: Counter[Label] = Counter()
    for label in question.labels:
        times[label] += 1
        if label.relevance is None:
            yield new_label(
                question.text,
                question.item_id or "",
                label,
                "marked" if label.has_answer else "absent",
                origin=origin,
                split=question.meta.get("split"),
                annotation=f"{question.id}/{times[label]}",
            )


def _fitting(
    labels: Iterable[tuple[StoredLabel, str | None]], path: Path, reject: Callable[[Rejection], None]
) -> Iterator[StoredLabel]:
    for label, fault in labels:
        if fault:
            reject(Rejection(path, 0, f"the question {label.question!r}: {fault}."))
        else:
            yield label


def _batches(labels: Iterator[StoredLabel], size: int) -> Iterator[list[StoredLabel]]:
    while batch := list(islice(labels, size)):
        yield batch
