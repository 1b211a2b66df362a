"""Where a reader model runs: loaded once per process and shared."""

from threading import Lock
from typing import TYPE_CHECKING, get_args
from weakref import WeakValueDictionary

from haystack import logging
from haystack.utils import Secret

from qa_system.errors import ModelError
from qa_system.inference.hardware import floats
from qa_system.inference.onnx_export import OnnxError
from qa_system.reading.checkpoint import Checkpoint, open_checkpoint
from qa_system.reading.inference import OnnxRuntime, Runtime, TorchRuntime
from qa_system.reading.onnx_export import reader_graph
from qa_system.reading.tasks import EXTRACTION, Task
from qa_system.settings import RuntimeName

if TYPE_CHECKING:
    import torch

RUNTIMES: tuple[str, ...] = get_args(RuntimeName)

logger = logging.getLogger(__name__)

_loaded: "WeakValueDictionary[tuple[str, str, str, str], Runtime]" = WeakValueDictionary()
_loading = Lock()


def load_runtime(
    model: str,
    *,
    device: "torch.device",
    token: Secret | None,
    runtime: RuntimeName = "auto",
    task: Task = EXTRACTION,
) -> Runtime:
    """
    Load a model, or take the one that this process already has.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub; looked for in this order.
    :param device: Where it shall run. `onnx` and `onnx-int8` run on the CPU whatever it is.
    :param token: For private models of the hub.
    :param runtime: What shall run it: `torch`, `onnx` (float32), `onnx-int8` (weights of 8 bits), or `auto`, which is
        `onnx-int8` on a CPU and `torch` on other devices and, with a warning, where ONNX Runtime cannot run it.
    :param task: What the model is for.
    :returns: The model, ready to run. It is freed with its last user.
    :raises ModelError: It cannot be loaded, is not a model for this task, or cannot be run by the
        runtime asked for.
    """
    key = task.noun, model, str(device), runtime
    with _loading:
        loaded = _loaded.get(key)
        if loaded is None:
            loaded = _loaded[key] = _load(open_checkpoint(model, token, task), device, runtime)
        return loaded


def _load(checkpoint: Checkpoint, device: "torch.device", runtime: RuntimeName) -> Runtime:
    if runtime == "torch" or (runtime == "auto" and device.type != "cpu"):
        return _on_torch(checkpoint, device)
    if runtime != "auto":
        return _on_onnx(checkpoint, quantised=runtime == "onnx-int8")
    try:
        return _on_onnx(checkpoint, quantised=True)
    except OnnxError as error:
        logger.warning(
            "The {noun} runs under PyTorch, which is slower: {reason}", noun=checkpoint.task.noun, reason=str(error)
        )
        return _on_torch(checkpoint, device)


def _on_torch(checkpoint: Checkpoint, device: "torch.device") -> TorchRuntime:
    try:
        model = checkpoint.torch_model(floats(device)).to(device)
    except (AssertionError, RuntimeError) as error:  # how PyTorch says that it was built without CUDA
        raise ModelError(
            f"{checkpoint.title} cannot run on the device {device} ({error}). Name another device, or "
            "none, which is a GPU where there is one."
        ) from error
    return TorchRuntime(model, checkpoint.tokenizer, checkpoint.task)


def _on_onnx(checkpoint: Checkpoint, *, quantised: bool) -> OnnxRuntime:
    graph = reader_graph(checkpoint, quantised=quantised)
    return OnnxRuntime(graph, checkpoint.config, checkpoint.tokenizer, checkpoint.task)
