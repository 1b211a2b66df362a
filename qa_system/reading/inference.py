"""From windows of tokens to logits, by PyTorch or by ONNX Runtime."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa_system.inference.onnx_runtime import Inputs, on_all_cores, open_session
from qa_system.reading.tasks import EXTRACTION, Task
from qa_system.reading.traits import ModelTraits
from qa_system.reading.windows import Window

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Logits = tuple[NDArray[np.float32], ...]
"""What a model gives, in the order of `Task.outputs`: a reader those of an answer's first and of its last token."""


class Runtime(ABC):
    """
    A model that reads pairs of texts, ready to run. Safe to use from several threads.

    :param config: The model's configuration, as transformers reads it.
    :param tokenizer: The tokenizer it was trained with.
    :param names: What the model takes of `input_ids`, `attention_mask` and `token_type_ids`.
    :param task: What it is for.
    """

    engine: str
    """The library that does the work."""

    batch_tokens: int
    """Tokens that it best works on at once, padding included; a window that has more is read alone."""

    def __init__(self, config: Any, tokenizer: Any, names: Collection[str], task: Task) -> None:
        # The state is set once and never changed, so that threads can share it.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        self.tokenizer: Tokenizer = tokenizer.backend_tokenizer
        self.traits = ModelTraits.from_config(config.to_dict())
        self.max_length = min(tokenizer.model_max_length, config.max_position_embeddings)
        self._pad_id: int = tokenizer.pad_token_id
        self._names = frozenset(names)
        self._outputs = task.outputs

    def logits(self, windows: Sequence[Window]) -> Logits:
        """
        Run the model on a batch of windows, padded to the longest of them.

        :param windows: The windows.
        :returns: What it gives for each token, see `Task.outputs`; for padding it means nothing.
        """
        return self._run(self.inputs(windows))

    def logits_of_each(self, batches: Iterable[Sequence[Window]]) -> Iterator[Logits]:
        """
        Run the model on many batches.

        :param batches: The batches.
        :returns: What `logits` gives for each, in order.
        """
        return map(self.logits, batches)

    def inputs(self, windows: Sequence[Window]) -> Inputs:
        """
        Arrange a batch of windows as the model takes it.

        :param windows: The windows.
        :returns: What the model takes, by name, each of shape `(windows, longest window)`.
        """
        inputs = {
            "input_ids": _padded([window.ids for window in windows], self._pad_id),
            "attention_mask": _padded([np.ones(len(window), dtype=np.int64) for window in windows], 0),
            "token_type_ids": _padded([window.type_ids for window in windows], 0),
        }
        return {name: ids for name, ids in inputs.items() if name in self._names}

    @abstractmethod
    def _run(self, inputs: Inputs) -> Logits: ...


class TorchRuntime(Runtime):
    """
    A model under PyTorch.

    :param model: The model, on its device.
    :param tokenizer: The tokenizer it was trained with.
    :param task: What it is for.
    """

    engine = "PyTorch"

    def __init__(self, model: Any, tokenizer: Any, task: Task = EXTRACTION) -> None:
        super().__init__(model.config, tokenizer, _input_names(model), task)
        # More would gain a CPU nothing, and cost it what is padded (docs/reader.md).
        self.batch_tokens = 512 if model.device.type == "cpu" else 16_384
        self._model = model

    def _run(self, inputs: Inputs) -> Logits:
        import torch

        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(ids).to(self._model.device) for name, ids in inputs.items()})
        return tuple(output[name].float().cpu().numpy() for name in self._outputs)


class OnnxRuntime(Runtime):
    """
    A model under ONNX Runtime, on the CPU.

    Each batch has one core, and batches run side by side: cores that share the matrices of a small model mostly wait
    for each other. A window is best read alone: it is as fast, nothing is padded, and integers, which are scaled by
    the largest number of a batch, do not depend on what else is read (docs/reader.md).

    :param graph: The serialised ONNX model.
    :param config: Its configuration, as transformers reads it.
    :param tokenizer: The tokenizer it was trained with.
    :param task: What it is for.
    """

    engine = "ONNX Runtime"
    batch_tokens = 1

    def __init__(self, graph: bytes, config: Any, tokenizer: Any, task: Task = EXTRACTION) -> None:
        self._session = open_session(graph)
        super().__init__(config, tokenizer, [node.name for node in self._session.get_inputs()], task)

    def logits_of_each(self, batches: Iterable[Sequence[Window]]) -> Iterator[Logits]:
        """
        Run the model on many batches, one on each core.

        :param batches: The batches.
        :returns: What `logits` gives for each, in order.
        """
        return on_all_cores(self.logits, batches)

    def _run(self, inputs: Inputs) -> Logits:
        return tuple(self._session.run(list(self._outputs), inputs))


def _input_names(model: Any) -> list[str]:
    """Leave out `token_type_ids` where they fail; BERT-type readers lose points without them."""
    tells_types_apart = (
        "token_type_ids" in inspect.signature(model.forward).parameters
        and getattr(model.config, "type_vocab_size", 0) > 1
    )
    return ["input_ids", "attention_mask", *(["token_type_ids"] if tells_types_apart else [])]


def _padded(rows: Sequence[NDArray[np.int64]], value: int) -> NDArray[np.int64]:
    table = np.full((len(rows), max(map(len, rows))), value, dtype=np.int64)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table
