"""Where a reader model runs: loaded once per process and shared, from windows of tokens to logits."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
from haystack.utils import Secret
from numpy.typing import NDArray

from qa_system.errors import ModelError
from qa_system.models import bundled_model, bundled_models
from qa_system.reading.traits import ModelTraits
from qa_system.reading.windows import Window

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

_loaded: "WeakValueDictionary[tuple[str, str], TorchRuntime]" = WeakValueDictionary()
_loading = Lock()


class TorchRuntime:
    """
    A model for extractive question answering under PyTorch. Safe to use from several threads.

    :param model: The model, on its device.
    :param tokenizer: The tokenizer it was trained with.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        # The state is set once and never changed, so that threads can share it.
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()
        self.tokenizer: Tokenizer = tokenizer.backend_tokenizer
        self.traits = ModelTraits.from_config(model.config.to_dict())
        self.max_length = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self._model = model
        self._pad_id: int = tokenizer.pad_token_id
        # BERT-type readers lose points without them, others fail with them.
        self._takes_type_ids = (
            "token_type_ids" in inspect.signature(model.forward).parameters
            and getattr(model.config, "type_vocab_size", 0) > 1
        )

    def logits(self, windows: Sequence[Window]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """
        Run the model on a batch of windows, padded to the longest of them.

        :param windows: The windows.
        :returns: Logits of the first and of the last token of an answer, each of shape `(windows, longest window)`;
            those of the padding mean nothing.
        """
        import torch

        inputs = {
            "input_ids": _padded([window.ids for window in windows], self._pad_id),
            "attention_mask": _padded([np.ones(len(window), dtype=np.int64) for window in windows], 0),
        }
        if self._takes_type_ids:
            inputs["token_type_ids"] = _padded([window.type_ids for window in windows], 0)
        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(ids).to(self._model.device) for name, ids in inputs.items()})
        return output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()


def load_runtime(model: str, *, device: "torch.device", token: Secret | None) -> TorchRuntime:
    """
    Load a model, or take the one that this process already has.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub; looked for in this order.
    :param device: Where it shall run.
    :param token: For private models of the hub.
    :returns: The model, ready to run. It is freed with its last user.
    :raises ModelError: It cannot be loaded, or is not a model for extractive question answering.
    """
    with _loading:
        runtime = _loaded.get((model, str(device)))
        if runtime is None:
            location = str(bundled_model(model)) if model in bundled_models() else model
            runtime = _load(location, device, token.resolve_value() if token else None)
            _loaded[model, str(device)] = runtime
        return runtime


def _load(location: str, device: "torch.device", token: str | None) -> TorchRuntime:
    from safetensors import SafetensorError

    try:
        with _without_progress_bars():
            model, tokenizer, missing_weights = _pretrained(location, device, token)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"the reader {location!r} cannot be loaded: {error}\nA reader is the name of a bundled model "
            f"({', '.join(bundled_models())}), a folder with a Hugging Face model for question answering, or the name "
            "of one on the Hugging Face hub, which has to be reachable."
        ) from error
    _check(location, tokenizer, missing_weights)
    return TorchRuntime(model.eval().to(device), tokenizer)


def _pretrained(location: str, device: "torch.device", token: str | None) -> tuple[Any, Any, Sequence[str]]:
    """Load model and tokenizer, and name the weights that the model lacks."""
    from huggingface_hub import snapshot_download
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer

    if not Path(location).is_dir():
        # It asks a hub that cannot be reached once, where each `from_pretrained` keeps trying for 23 seconds.
        snapshot_download(location, allow_patterns="config.json", token=token)
    config = AutoConfig.from_pretrained(location, token=token)
    tokenizer = AutoTokenizer.from_pretrained(location, config=config, token=token)
    model, report = AutoModelForQuestionAnswering.from_pretrained(
        location, config=config, token=token, dtype=compute_dtype(device), output_loading_info=True
    )
    return model, tokenizer, report["missing_keys"]


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """Keep bars such as "Loading weights" off the stderr of the caller, whose switches are put back as they were."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars
    from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

    if not is_progress_bar_enabled():
        yield
        return
    hub_shows_none = are_progress_bars_disabled()
    disable_progress_bar()
    try:
        yield
    finally:
        enable_progress_bar()  # the hub's too
        if hub_shows_none:
            disable_progress_bars()


def _check(location: str, tokenizer: Any, missing_weights: Sequence[str]) -> None:
    """Refuse what loads but would answer at random."""
    if missing_weights:
        raise ModelError(
            f"{location!r} is not a model for extractive question answering: it lacks {', '.join(missing_weights)}. "
            "Give one with a trained question-answering head, as SQuAD models have."
        )
    if not tokenizer.is_fast:
        raise ModelError(
            f"the reader {location!r} has no fast tokenizer ({type(tokenizer).__name__}), so its answers could not be "
            "found in the review. Give a model with a tokenizer.json."
        )
    first_id = tokenizer("question", "passage")["input_ids"][0]
    if first_id != tokenizer.cls_token_id or tokenizer.pad_token_id is None:
        raise ModelError(
            f"the reader {location!r} does not put a classification token first or cannot pad; this reader takes that "
            "token for 'no answer'. Give a model of the BERT kind (BERT, RoBERTa, ELECTRA, DeBERTa, DistilBERT, …)."
        )


def compute_dtype(device: "torch.device") -> "torch.dtype":
    """
    Choose how a device computes: bfloat16 where its hardware multiplies that, else float32: emulated, it is slower.

    :param device: The device.
    :returns: `torch.bfloat16` or `torch.float32`.
    """
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    # Older versions of torch cannot be asked.
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)() if device.type == "cpu" else {}
    has_bf16 = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if has_bf16 else torch.float32


def _padded(rows: Sequence[NDArray[np.int64]], value: int) -> NDArray[np.int64]:
    table = np.full((len(rows), max(map(len, rows))), value, dtype=np.int64)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table
