"""From windows of tokens to logits, by PyTorch or by ONNX Runtime."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa_system.inference.onnx_runtime import Inputs, on_all_cores, open_session
from qa_system.reading.traits import ModelTraits
from qa_system.reading.windows import Window

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LOGITS = ("start_logits", "end_logits")
Logits = tuple[NDArray[np.float32], NDArray[np.float32]]


class Runtime(ABC):
    """
    A model for extractive question answering, ready to run. Safe to use from several threads.

    :param config: The model's configuration, as transformers reads it.
    :param tokenizer: The tokenizer it was trained with.
    :param names: What the model takes of `input_ids`, `attention_mask` and `token_type_ids`.
    """

    engine: str
    """The library that does the work."""

    batch_tokens: int
    """Tokens that it best works on at once, padding included; a window that has more is read alone."""

    def __init__(self, config: Any, tokenizer: Any, names: Collection[str]) -> None:
        # The state is set once and never changed, so that threads can share it.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        self.tokenizer: Tokenizer = tokenizer.backend_tokenizer
        self.traits = ModelTraits.from_config(config.to_dict())
        self.max_length = min(tokenizer.model_max_length, config.max_position_embeddings)
        self._pad_id: int = tokenizer.pad_token_id
        self._names = frozenset(names)

    def logits(self, windows: Sequence[Window]) -> Logits:
        """
        Run the model on a batch of windows, padded to the longest of them.

        :param windows: The windows.
        :returns: Logits of the first and of the last token of an answer, each of shape `(windows, longest window)`;
            those of the padding mean nothing.
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
    """

    engine = "PyTorch"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        super().__init__(model.config, tokenizer, _input_names(model))
        # More would gain a CPU nothing, and cost it what is padded (docs/reader.md).
        self.batch_tokens = 512 if model.device.type == "cpu" else 16_384
        self._model = model

    def _run(self, inputs: Inputs) -> Logits:
        import torch

        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(ids).to(self._model.device) for name, ids in inputs.items()})
        return output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()


class OnnxRuntime(Runtime):
    """
    A model under ONNX Runtime, on the CPU.

    Each batch has one core, and batches run side by side: cores that share the matrices of a small model mostly wait
    for each other. A window is best read alone: it is as fast, nothing is padded, and integers, which are scaled by
    the largest number of a batch, do not depend on what else is read (docs/reader.md).

    :param graph: The serialised ONNX model.
    :param config: Its configuration, as transformers reads it.
    :param tokenizer: The tokenizer it was trained with.
    """

    engine = "ONNX Runtime"
    batch_tokens = 1

    def __init__(self, graph: bytes, config: Any, tokenizer: Any) -> None:
        self._session = open_session(graph)
        super().__init__(config, tokenizer, [node.name for node in self._session.get_inputs()])

    def logits_of_each(self, batches: Iterable[Sequence[Window]]) -> Iterator[Logits]:
        """
        Run the model on many batches, one on each core.

        :param batches: The batches.
        :returns: What `logits` gives for each, in order.
        """
        return on_all_cores(self.logits, batches)

    def _run(self, inputs: Inputs) -> Logits:
        start_logits, end_logits = self._session.run(list(LOGITS), inputs)
        return start_logits, end_logits


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
