"""The embedding job: every passage of the document store into the dense index, once."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from haystack import Document

from qa_system.dense.encoder import Encoder
from qa_system.dense.writer import IndexWriter

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


class VectorWriter(Protocol):
    """What the job asks of the place where vectors are kept: `IndexWriter`, or `ClusterVectors`."""

    @property
    def ids(self) -> Set[str]:
        """Ids of the passages that have vectors."""
        ...

    def append(self, ids: Sequence[str], items: Sequence[str | None], vectors: np.ndarray) -> None:
        """
        Write vectors, which are safe when this returns.

        :param ids: Passage ids.
        :param items: The item of each passage.
        :param vectors: float32 (n, dimension).
        """
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """
        Forget passages.

        :param ids: Passage ids.
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
    index_path: str | Path,
    encoder: Encoder,
    *,
    rebuild: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
    batch_size: int = 256,
) -> EmbeddingReport:
    """
    Bring the dense index up to the document store.

    Whether a passage is embedded is told by its id, which stands for its text. The job may be killed at any moment:
    the next run goes on from the last block.

    :param store: The document store.
    :param index_path: Folder of the dense index, made where it is missing.
    :param encoder: The encoder of the passages; its model is loaded only if there is something to embed.
    :param rebuild: Embed every passage again, and throw away what is there, whichever encoder made it.
    :param progress: Told after each block, once it is on the disk, how many passages this run has embedded, and how
        many it found missing at its start. So the last call tells what an interrupted run has done; where nothing is
        missing it is not called.
    :param batch_size: Passages in a block, which is written at once.
    :returns: What was done.
    :raises StoreError: If the index was made by another encoder, or cannot be written.
    :raises StoreLockedError: If another process is writing to the index.
    :raises ModelError: If the encoder cannot be loaded.
    """
    with IndexWriter(Path(index_path), encoder, rebuild=rebuild) as index:
        return bring_up(index, store, encoder, progress=progress, batch_size=batch_size)


def bring_up(
    index: VectorWriter,
    store: PassageSource,
    encoder: Encoder,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    batch_size: int = 256,
) -> EmbeddingReport:
    """
    Give every passage of a store its vector, wherever vectors are kept.

    :param index: Where they are kept, open.
    :param store: As for `embed_missing`.
    :param encoder: As for `embed_missing`.
    :param progress: As for `embed_missing`.
    :param batch_size: As for `embed_missing`.
    :returns: What was done.
    """
    stored = set(store.ids_by_filter())
    missing, gone = stored - index.ids, index.ids - stored
    report = EmbeddingReport(unchanged=len(stored) - len(missing), removed=len(gone))
    for block in _blocks(_only(missing, store, of=len(stored)), batch_size):
        vectors = encoder.encode_passages([passage.content or "" for passage in block])
        index.append([passage.id for passage in block], [_item(passage) for passage in block], vectors)
        report.embedded += len(block)
        progress(report.embedded, len(missing))
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
