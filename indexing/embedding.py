"""The embedding job: a vector for every passage of the document store, once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from haystack import Document

from qa_system.dense.encoder import Encoder
from qa_system.dense.vectors import Vectors
from qa_system.indexing.encoding import encoded
from qa_system.indexing.shard import WHOLE, Shard
from qa_system.reviews import review_key

BLOCKS_SORTED_TOGETHER = 16
"""Texts of like length are encoded together, as a model pads all to the longest; more of them cost more memory."""

FEW = 10
"""Passages are looked up one by one where at most one in so many is missing."""

LOOKED_UP_TOGETHER = 1_000


class PassageSource(Protocol):
    """What the job asks of a document store."""

    def ids_by_filter(self) -> list[str]:
        """
        List the passages without reading them.

        :returns: The id of every passage.
        """
        ...

    def iter_documents(self) -> Iterator[Document]:
        """
        Read the passages without holding all in memory.

        :returns: Every passage.
        """
        ...

    def get_documents_by_id(self, ids: list[str]) -> list[Document]:
        """
        Look passages up.

        :param ids: Their ids.
        :returns: The passages.
        """
        ...


@dataclass(slots=True)
class EmbeddingReport:
    """
    What an embedding run did, in passages.

    :param embedded: Passages the index did not have.
    :param unchanged: Passages the index had already.
    :param removed: Passages of the index that the store no longer has.
    """

    embedded: int = 0
    unchanged: int = 0
    removed: int = 0


def embed_missing(
    store: PassageSource,
    vectors: Vectors,
    encoder: Encoder,
    *,
    rebuild: bool = False,
    shard: Shard = WHOLE,
    progress: Callable[[int, int], None] = lambda done, total: None,
    batch_size: int = 256,
    processes: int = 1,
) -> EmbeddingReport:
    """
    Give every passage of a store its vector, wherever vectors are kept.

    Whether a passage is embedded is told by its id, which stands for its text. The job may be killed at any moment:
    the next run goes on from the last block.

    :param store: The document store.
    :param vectors: The vectors of its passages, made where there are none.
    :param encoder: The encoder of the passages; its model is loaded only if there is something to embed.
    :param rebuild: Embed every passage again, and throw away what is there, whichever encoder made it.
    :param shard: Only this share of the reviews, where several machines embed together.
    :param progress: Told after each block, once it is on the disk, how many passages this run has embedded, and how
        many it found missing at its start. So the last call tells what an interrupted run has done; where nothing is
        missing it is not called.
    :param batch_size: Passages in a block, which is written at once.
    :param processes: As of `encoded`.
    :returns: What was done.
    :raises StoreError: If another encoder made the vectors, or they cannot be written.
    :raises StoreLockedError: If another process is writing them.
    :raises ModelError: If the encoder cannot be loaded.
    """
    with vectors.writer(encoder, rebuild=rebuild) as index:
        stored, present = set(store.ids_by_filter()), index.ids
        missing, gone = stored - present, present - stored
        report = EmbeddingReport(unchanged=len(stored) - len(missing), removed=len(gone))
        passages = _only(missing, store, of=len(stored))
        if shard != WHOLE:
            passages = (passage for passage in passages if shard.holds(review_key(passage)))
        for block, rows in encoded(_blocks(passages, batch_size), encoder, processes=processes):
            index.append([passage.id for passage in block], [_item(passage) for passage in block], rows)
            report.embedded += len(block)
            progress(report.embedded, max(report.embedded, len(missing) // shard.count))
        if gone:
            index.delete(sorted(gone))
    return report


def _only(ids: set[str], store: PassageSource, *, of: int) -> Iterator[Document]:
    """Read few passages by their ids, and many by going through all of them."""
    if len(ids) * FEW > of:
        yield from (passage for passage in store.iter_documents() if passage.id in ids)
        return
    wanted = iter(sorted(ids))
    while chunk := list(islice(wanted, LOOKED_UP_TOGETHER)):
        yield from store.get_documents_by_id(chunk)


def _blocks(passages: Iterable[Document], size: int) -> Iterator[list[Document]]:
    passages = iter(passages)
    while chunk := list(islice(passages, size * BLOCKS_SORTED_TOGETHER)):
        chunk.sort(key=lambda passage: len(passage.content or ""))
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


def _item(passage: Document) -> str | None:
    item_id = passage.meta.get("item_id")
    return item_id if isinstance(item_id, str) else None
