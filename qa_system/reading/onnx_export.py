"""The weights of a reader, or of another model that reads pairs of texts -> what is exported of it to ONNX."""

from qa_system.inference.onnx_export import Program, onnx_graph
from qa_system.reading.checkpoint import Checkpoint
from qa_system.reading.inference import TorchRuntime
from qa_system.reading.windows import WindowCutter

_TRACED = [("Worth it?", "Yes.")] * 2
_COMPARED = [("How is the bass?", "The bass is deep, and it never rattles."), *_TRACED]


def reader_graph(checkpoint: Checkpoint, *, quantised: bool) -> bytes:
    """
    Export a model, or read what was exported before.

    :param checkpoint: The model.
    :param quantised: Whether its matrices become integers.
    :returns: The serialised ONNX model, for batches and windows of any size.
    :raises OnnxError: ONNX Runtime is missing, the model cannot be exported, or the export cannot be kept.
    :raises ModelError: The weights cannot be loaded.
    """
    return onnx_graph(checkpoint.title, checkpoint.fingerprint(), lambda: _program(checkpoint), quantised=quantised)


def _program(checkpoint: Checkpoint) -> Program:
    import torch

    model = checkpoint.torch_model(torch.float32)
    model.set_attn_implementation("eager")
    runtime = TorchRuntime(model, checkpoint.tokenizer, checkpoint.task)
    cutter = WindowCutter(runtime.tokenizer, max_seq_length=32, stride=0)
    traced, compared = (runtime.inputs(cutter.windows(pairs)) for pairs in (_TRACED, _COMPARED))
    return Program(model, checkpoint.task.outputs, traced, compared)
