"""Format `store`: the folder of a store, whose labels are questions on its reviews as they are stored."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from qa_system.errors import SourceError
from qa_system.records import Question, Rejection, StoredLabel
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.rows import Located
from qa_system.sources.values import content_id

if TYPE_CHECKING:  # Haystack and Tantivy are loaded when a store is read
    from qa_system.stores.embedded import EmbeddedDocumentStore

Numbered = tuple[int, StoredLabel]
"""A label with its place among those of the store, counted from 1, as a file's rows have their lines."""
K = TypeVar("K", bound=Hashable)


def _questions(path: Path, mapping: FieldMapping) -> Iterator[Question | Rejection]:
    from qa_system.stores.embedded import EmbeddedDocumentStore
    from qa_system.stores.labels import LabelStore

    with EmbeddedDocumentStore.open(path.parent) as store:
        labels = LabelStore.of(store).find()
        for item_id, of_item in _grouped(enumerate(labels, start=1), lambda label: label.item_id).items():
            yield from _of_item(store, item_id, of_item)


def _of_item(store: "EmbeddedDocumentStore", item_id: str, labels: list[Numbered]) -> Iterator[Question | Rejection]:
    from qa_system.reviews import label_fault, stored_texts

    texts = stored_texts(store, {label.review_key for _, label in labels}).get(item_id, {})
    faults = {number: label_fault(label.label, texts, digest=label.review_digest) for number, label in labels}
    for number, fault in faults.items():
        if fault:
            yield Rejection(store.path, number, f"{fault}. `qa labels --stale` lists labels whose reviews changed.")
    sound = [(number, label) for number, label in labels if not faults[number]]
    for asked in _grouped(sound, lambda label: (label.split, label.review_id, label.question)).values():
        yield _question([label for _, label in asked], texts)


def _question(labels: list[StoredLabel], texts: dict[str, str]) -> Question:
    """Put the judgements of one question on one review together: that a span is wrong does not say what is right."""
    first = labels[0]
    meta = {"split": first.split, "origin": ", ".join(dict.fromkeys(label.origin for label in labels))}
    return Question(
        id=content_id(first.split or "", first.item_id, first.review_id, first.question),
        text=first.question,
        item_id=first.item_id,
        labels=tuple(label.label for label in labels if label.verdict != "wrong"),
        context=texts[first.review_id],
        meta={name: value for name, value in meta.items() if value},
    )


def _grouped(labels: Iterable[Numbered], key: Callable[[StoredLabel], K]) -> dict[K, list[Numbered]]:
    groups: dict[K, list[Numbered]] = {}
    for number, label in labels:
        groups.setdefault(key(label), []).append((number, label))
    return groups


def _matches(head: Head) -> bool:
    return head.name == "store.json" and b'"created_by": "qa-system' in head.start


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    raise SourceError(
        f"{path.parent} is a store: its reviews are indexed, and can be asked with --store {path.parent}. Its labels "
        "can be trained on, converted and evaluated on."
    )


FORMAT = Format("store", _matches, _reviews, _questions)
