"""ONNX Runtime on the CPU: one core for each batch, batches side by side."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Inputs = dict[str, NDArray[np.int64]]
"""What a model takes, by name: `input_ids`, `attention_mask`, `token_type_ids`, each of shape `(batch, tokens)`."""

T = TypeVar("T")
R = TypeVar("R")


def import_onnxruntime() -> Any:
    """
    Import ONNX Runtime without the telemetry that it would send to its maker, a device identifier included.

    :returns: The module.
    :raises ImportError: It is not installed, or not for this machine.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def open_session(graph: bytes) -> Any:
    """
    Make a model ready to run. Cores that share the matrices of a small model mostly wait for each other, so a run has
    one of them.

    :param graph: The serialised ONNX model.
    :returns: An `onnxruntime.InferenceSession`, which threads can share.
    """
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Adding and normalising in one operation takes twice as long as in two, and a whole run a fifth longer.
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


def on_all_cores(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """
    Do the same for many items, one on each core. It has to be work that lets other threads run, as a session's is.

    :param work: What to do.
    :param items: The items.
    :returns: What it gives for each item, in order.
    """
    import torch

    # This count, unlike that of ONNX Runtime, heeds OMP_NUM_THREADS and the cores that the process is confined to.
    # Threads that stayed between calls would be missing from a forked process, which would wait for them for ever.
    with ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="onnx") as cores:
        yield from cores.map(work, items)
