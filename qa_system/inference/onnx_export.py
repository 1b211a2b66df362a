"""A PyTorch module -> an ONNX model, of float32 or of integers, exported once and cached."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_system.errors import ModelError
from qa_system.inference.artifacts import artifact
from qa_system.inference.hardware import integers
from qa_system.inference.onnx_runtime import Inputs, import_onnxruntime, open_session

if TYPE_CHECKING:
    from onnx import ModelProto

logger = logging.getLogger(__name__)

_RECIPE = "eager attention, integers per channel"  # changes whenever the steps below do
_TOLERANCE = 1e-3


class OnnxError(ModelError):
    """A model that ONNX Runtime cannot run here, though PyTorch may."""


@dataclass(frozen=True, slots=True)
class Program:
    """
    What is exported, and how to tell that the export is the same.

    :param module: The PyTorch module, in float32 on the CPU, of plain operations, which ONNX Runtime fuses best. It
        takes `Inputs` by name and gives its outputs by name, their first two axes batch and tokens.
    :param outputs: The names of the outputs that are wanted.
    :param traced: A batch to trace the module on.
    :param compared: Another, of another size and of other lengths, so that what the exporter took for constant shows.
    """

    module: Any
    outputs: tuple[str, ...]
    traced: Inputs
    compared: Inputs


def onnx_graph(model: str, fingerprint: str, program: Callable[[], Program], *, quantised: bool) -> bytes:
    """
    Export a model, or read what was exported before.

    :param model: What it is called, for messages: `the reader 'minilm-review-reader'`.
    :param fingerprint: What tells its arithmetic from any other's.
    :param program: Loads it.
    :param quantised: Whether its matrices become integers.
    :returns: The serialised ONNX model, for batches of any size.
    :raises OnnxError: ONNX Runtime is missing, the model cannot be exported, or the export cannot be kept.
    :raises ModelError: The weights cannot be loaded.
    """
    return kept(graph_name(fingerprint, quantised=quantised), lambda: _exported(model, program, quantised))


def graph_name(fingerprint: str, *, quantised: bool) -> str:
    """
    Name the artifact of an exported model.

    :param fingerprint: What tells the model's arithmetic from any other's.
    :param quantised: Whether its matrices are integers.
    :returns: A file name; it changes with everything that the export depends on.
    :raises OnnxError: ONNX Runtime is missing.
    """
    import torch
    import transformers

    makers = [f"{maker.__name__} {maker.__version__}" for maker in (_onnxruntime(), torch, transformers)]
    key = sha256(" ".join([fingerprint, _RECIPE, *makers]).encode()).hexdigest()
    numbers = integers() if quantised else "float32"
    return f"{key[:32]}.{numbers}.onnx"


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """
    Read an artifact, or make and keep it.

    :param name: Its file name.
    :param make: Makes it.
    :returns: The artifact.
    :raises OnnxError: It cannot be kept.
    """
    try:
        return artifact(name, make)
    except OSError as error:
        raise OnnxError(
            f"the exported model cannot be kept ({error}). Let XDG_CACHE_HOME name a folder that can be written to and "
            "has space left."
        ) from error


def _onnxruntime() -> Any:
    try:
        return import_onnxruntime()
    except ImportError as error:
        raise OnnxError(
            f"ONNX Runtime cannot be imported ({error}). Install it: pip install onnxruntime onnx onnxscript"
        ) from error


def _exported(model: str, program: Callable[[], Program], quantised: bool) -> bytes:
    logger.info("Preparing %s for this machine, once. It can take half a minute.", model)
    try:
        with _silence():
            graph = _traced(program())
            return _quantised(graph) if quantised else graph.SerializeToString()
    except ModelError:
        raise
    except Exception as error:
        # Each pass and each model has its own ways to fail, some with pages of explanation: those are in the cause.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise OnnxError(f"{model} cannot be exported to ONNX: {reason}") from error


def _traced(program: Program) -> "ModelProto":
    """Export a module in float32, and compare: one exporter of PyTorch has left out the attention mask in silence."""
    import torch

    exported: Any = torch.onnx.export(
        program.module,
        kwargs=_tensors(program.traced),
        input_names=list(program.traced),
        output_names=list(program.outputs),
        dynamic_shapes={name: {0: "batch", 1: "tokens"} for name in program.traced},
        dynamo=True,
        verbose=False,
    )
    graph = exported.model_proto
    if (difference := _largest_difference(program, graph.SerializeToString())) > _TOLERANCE:
        raise ValueError(f"its outputs differ from those of PyTorch by up to {difference:.2g}")
    return graph


def _largest_difference(program: Program, graph: bytes) -> float:
    """Compare what is no padding, which means nothing."""
    import torch

    with torch.inference_mode():
        expected = program.module(**_tensors(program.compared))
    found = open_session(graph).run(list(program.outputs), program.compared)
    tokens = program.compared["attention_mask"].astype(bool)
    return max(
        float(np.abs(expected[name].numpy() - output)[tokens].max())
        for name, output in zip(program.outputs, found, strict=True)
    )


def _tensors(inputs: Inputs) -> dict[str, Any]:
    import torch

    return {name: torch.from_numpy(ids) for name, ids in inputs.items()}


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
