"""A reader's weights -> an ONNX model, of float32 or of integers, exported once and cached."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_system.errors import ModelError
from qa_system.reading.artifacts import artifact
from qa_system.reading.checkpoint import Checkpoint
from qa_system.reading.hardware import integers
from qa_system.reading.inference import OnnxRuntime, Runtime, TorchRuntime, import_onnxruntime
from qa_system.reading.windows import Window, WindowCutter

if TYPE_CHECKING:
    from onnx import ModelProto

logger = logging.getLogger(__name__)

_RECIPE = "eager attention, integers per channel"  # changes whenever the steps below do
_TRACED = [("Worth it?", "Yes.")] * 2
_COMPARED = [("How is the bass?", "The bass is deep, and it never rattles."), *_TRACED]
_TOLERANCE = 1e-3


class OnnxError(ModelError):
    """A model that ONNX Runtime cannot run here, though PyTorch may."""


def onnx_graph(checkpoint: Checkpoint, *, quantised: bool) -> bytes:
    """
    Export a model, or read what was exported before.

    :param checkpoint: The model.
    :param quantised: Whether its matrices become integers.
    :returns: The serialised ONNX model, for batches and windows of any size.
    :raises OnnxError: ONNX Runtime is missing, the model cannot be exported, or the export cannot be kept.
    :raises ModelError: The weights cannot be loaded.
    """
    try:
        import_onnxruntime()
    except ImportError as error:
        raise OnnxError(
            f"ONNX Runtime cannot be imported ({error}). Install it: pip install onnxruntime onnx onnxscript"
        ) from error
    try:
        return artifact(_file_name(checkpoint, quantised), lambda: _exported(checkpoint, quantised))
    except OSError as error:
        raise OnnxError(
            f"the exported model cannot be kept ({error}). Let XDG_CACHE_HOME name a folder that can be written to and "
            "has space left."
        ) from error


def _file_name(checkpoint: Checkpoint, quantised: bool) -> str:
    import torch
    import transformers

    makers = [f"{maker.__name__} {maker.__version__}" for maker in (import_onnxruntime(), torch, transformers)]
    key = sha256(" ".join([checkpoint.fingerprint(), _RECIPE, *makers]).encode()).hexdigest()
    numbers = integers() if quantised else "float32"
    return f"{key[:32]}.{numbers}.onnx"


def _exported(checkpoint: Checkpoint, quantised: bool) -> bytes:
    import torch

    logger.info("Preparing the reader %s for this machine, once. It can take half a minute.", checkpoint.name)
    model = checkpoint.torch_model(torch.float32)
    try:
        with _silence():
            graph = _traced(model, checkpoint)
            return _quantised(graph) if quantised else graph.SerializeToString()
    except Exception as error:
        # Each pass and each model has its own ways to fail, some with pages of explanation: those are in the cause.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise OnnxError(f"the reader {checkpoint.name!r} cannot be exported to ONNX: {reason}") from error


def _traced(model: Any, checkpoint: Checkpoint) -> "ModelProto":
    """Export a model in float32, and compare: one exporter of PyTorch has left out the attention mask in silence."""
    import torch

    # Of plain operations, which ONNX Runtime fuses best.
    model.set_attn_implementation("eager")
    expected = TorchRuntime(model, checkpoint.tokenizer)
    cutter = WindowCutter(expected.tokenizer, max_seq_length=32, stride=0)
    inputs = {name: torch.from_numpy(ids) for name, ids in expected.inputs(cutter.windows(_TRACED)).items()}
    program: Any = torch.onnx.export(
        model,
        kwargs=inputs,
        input_names=list(inputs),
        output_names=["start_logits", "end_logits"],
        dynamic_shapes={name: {0: "batch", 1: "tokens"} for name in inputs},
        dynamo=True,
        verbose=False,
    )
    graph = program.model_proto
    found = OnnxRuntime(graph.SerializeToString(), model.config, checkpoint.tokenizer)
    # On another number of windows, of other lengths: what the exporter took for constant shows.
    if (difference := _largest_difference(expected, found, cutter.windows(_COMPARED))) > _TOLERANCE:
        raise ValueError(f"its logits differ from those of PyTorch by up to {difference:.2g}")
    return graph


def _largest_difference(one: Runtime, other: Runtime, windows: list[Window]) -> float:
    return max(
        float(np.abs(ours[: len(window)] - theirs[: len(window)]).max())
        for logits in zip(one.logits(windows), other.logits(windows), strict=True)
        for window, ours, theirs in zip(windows, *logits, strict=True)
    )


def _quantised(graph: "ModelProto") -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    # It was optimised by its exporter. The quantiser would ask for more, and set up the root logger to do so.
    add_pre_process_metadata(graph)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "int8.onnx"
        # One scale for a whole matrix loses points of F1 (docs/reader.md).
        quantize_dynamic(graph, file, weight_type=QuantType[integers()], per_channel=True)
        return file.read_bytes()


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the exporter's notes on its own inner life from the user."""
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level
    exporter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        exporter.setLevel(level)
