"""Where an encoder's model runs: loaded once per process and shared."""

import json
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from haystack import logging

from qa_system.dense.embedder import Embedder, OnnxEmbedder, TorchEmbedder
from qa_system.dense.model_files import DEFAULT_MODEL
from qa_system.dense.onnx_export import check_modules, encoder_program, fingerprint
from qa_system.errors import ModelError, SettingsError
from qa_system.inference.onnx_export import OnnxError, graph_name, kept, onnx_graph
from qa_system.inference.progress_bars import without_progress_bars
from qa_system.samples import REVIEWS
from qa_system.settings import RuntimeName

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LEAST_COSINE = 0.99
"""Mean cosine to the vectors of float32 that integers have to reach for `auto`."""

_COMPARED = 32  # reviews of the bundled sample; measured once and kept beside the export

logger = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def load_embedder(folder: Path, device: str | None, runtime: RuntimeName = "auto") -> Embedder:
    """
    Load a model, or take the one that this process already has.

    :param folder: Folder of the model.
    :param device: Torch device; None for a GPU where there is one. `onnx` and `onnx-int8` run on the CPU.
    :param runtime: What shall run it: `torch`, `onnx` (float32), `onnx-int8` (weights of 8 bits), or `auto`, which is
        `onnx-int8` on a CPU and `torch` on other devices and, with a warning, where ONNX Runtime cannot run it or its
        vectors in integers are not those of float32.
    :returns: The model, ready to run.
    :raises ModelError: It cannot be loaded, or cannot be run by the runtime asked for.
    :raises SettingsError: ONNX Runtime shall run it on something else than the CPU.
    """
    if runtime.startswith("onnx"):
        _check_device(device, runtime)
        return _on_onnx(folder, quantised=runtime == "onnx-int8")
    if runtime == "torch" or not _is_cpu(device):
        return TorchEmbedder(_loaded(folder, device))
    try:
        return _on_onnx(folder, quantised=True, least_cosine=LEAST_COSINE)
    except OnnxError as error:
        logger.warning("The encoder runs under PyTorch, which is slower: {reason}", reason=str(error))
        return TorchEmbedder(_loaded(folder, device))


def _on_onnx(folder: Path, *, quantised: bool, least_cosine: float | None = None) -> OnnxEmbedder:
    model, name = _loaded(folder, "cpu"), f"the encoder in {folder}"
    check_modules(name, model)
    key = fingerprint(folder, model)
    graph = onnx_graph(name, key, lambda: encoder_program(_loaded(folder, "cpu")), quantised=quantised)
    embedder = OnnxEmbedder(graph, model)
    if least_cosine is not None:
        file_name = f"{graph_name(key, quantised=quantised)}.cosine"
        cosine = float(kept(file_name, lambda: str(_mean_cosine(embedder, folder)).encode()))
        if not cosine >= least_cosine:  # it may be NaN
            raise _unlike(name, cosine, least_cosine)
    return embedder


def _mean_cosine(embedder: Embedder, folder: Path) -> float:
    """Measure on passages of the bundled sample how far an embedder is from PyTorch in float32."""
    with REVIEWS.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, _COMPARED)]
    exact = TorchEmbedder(_loaded(folder, "cpu"))
    return float(np.mean(np.sum(embedder.embed(texts, "document") * exact.embed(texts, "document"), axis=1)))


def _is_cpu(device: str | None) -> bool:
    from sentence_transformers.util import get_device_name

    return (device or get_device_name()).startswith("cpu")


def _loaded(folder: Path, device: str | None) -> "SentenceTransformer":
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    try:
        with without_progress_bars():
            # A checkpoint is otherwise loaded as it was saved, and half precision is slow on a CPU.
            return SentenceTransformer(str(folder), device=device, model_kwargs={"dtype": "float32"})
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The encoder in {folder} could not be loaded: {error} It should be a folder that a sentence-transformers "
            f"model was saved to; {DEFAULT_MODEL!r} is bundled and always there."
        ) from error


def _unlike(name: str, cosine: float, least: float) -> OnnxError:
    return OnnxError(
        f"in 8-bit integers the vectors of {name} have a mean cosine of {cosine:.3f} to those of float32, and "
        f"{least} is wanted. Set dense.runtime to torch, or to onnx, which computes in float32."
    )


def _check_device(device: str | None, runtime: str) -> None:
    if device and not device.startswith("cpu"):
        raise SettingsError(
            f"dense.runtime is {runtime!r}, which runs on the cpu only, and dense.device is {device!r}. Leave one of "
            "the two out; the runtime torch goes with every device."
        )
