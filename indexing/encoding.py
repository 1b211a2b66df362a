"""Blocks of passages -> their vectors, computed by this process or by several."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

import numpy as np
from haystack import Document

from qa_system.dense.encoder import Encoder
from qa_system.errors import ModelError

Block = list[Document]

_encoder: Encoder
"""Of a worker process, which encodes one block after the other."""


def encoded(blocks: Iterable[Block], encoder: Encoder, *, processes: int = 1) -> Iterator[tuple[Block, np.ndarray]]:
    """
    Encode blocks.

    :param blocks: Passages, in blocks; read no further ahead than keeps all processes busy.
    :param encoder: The encoder of the passages.
    :param processes: How many processes share the cores of this machine. One uses all of them, by threads; more get
        past what Python does on one core at a time, which counts on machines with many.
    :returns: Each block with its vectors, float32 (passages, dimension), in the order of the blocks.
    :raises ModelError: If the encoder cannot be loaded, or a process was ended from outside.
    """
    if processes == 1:
        yield from ((block, encoder.encode_passages(_texts(block))) for block in blocks)
        return
    under_way: deque[tuple[Block, Future[np.ndarray]]] = deque()
    with _workers(encoder, processes) as pool:
        for block in blocks:
            under_way.append((block, pool.submit(_encode, _texts(block))))
            if len(under_way) > processes:
                yield _finished(*under_way.popleft())
        yield from (_finished(*one) for one in under_way)


@contextmanager
def _workers(encoder: Encoder, processes: int) -> Iterator[ProcessPoolExecutor]:
    # A process that is forked while ONNX Runtime or PyTorch have threads would wait for them for ever.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _become_worker, (encoder, processes))
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ModelError(
            f"One of the {processes} processes that embed was ended from outside, most often because memory ran out. "
            "What they had embedded is kept: run the job again, with a smaller indexing.processes."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _become_worker(encoder: Encoder, processes: int) -> None:
    import torch

    global _encoder
    _encoder = encoder
    torch.set_num_threads(max(1, torch.get_num_threads() // processes))
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed tells its workers nothing, and they would wait for its next block for ever."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _encode(texts: list[str]) -> np.ndarray:
    return _encoder.encode_passages(texts)


def _finished(block: Block, vectors: "Future[np.ndarray]") -> tuple[Block, np.ndarray]:
    return block, vectors.result()


def _texts(block: Block) -> list[str]:
    return [passage.content or "" for passage in block]
