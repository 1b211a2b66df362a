"""The name of a reader model -> its files, its tokenizer and its weights, refused where it would answer at random."""

import json
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack.utils import Secret

from qa_system.errors import ModelError
from qa_system.inference.model_files import find_model, weight_files
from qa_system.inference.progress_bars import without_progress_bars
from qa_system.models import bundled_models
from qa_system.reading.tasks import EXTRACTION, Task

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    A model that reads pairs of texts, as a reader does, as it was saved.

    :param name: What the user called it.
    :param folder: Where its files lie.
    :param config: Its configuration, as transformers reads it.
    :param tokenizer: Its tokenizer, which is a fast one and puts a classification token first.
    :param task: What it is for.
    """

    name: str
    folder: Path
    config: Any
    tokenizer: Any
    task: Task = EXTRACTION

    @property
    def title(self) -> str:
        """What messages call it: `the reader 'minilm-review-reader'`."""
        return f"the {self.task.noun} {self.name!r}"

    def torch_model(self, dtype: "torch.dtype") -> Any:
        """
        Load the weights.

        :param dtype: What to compute in.
        :returns: The model, on the CPU, for inference.
        :raises ModelError: The weights are missing or damaged, or those of something else.
        """
        import transformers
        from safetensors import SafetensorError

        architecture = getattr(transformers, self.task.architecture)
        try:
            with without_progress_bars():
                model, report = architecture.from_pretrained(
                    self.folder, config=self.config, dtype=dtype, output_loading_info=True
                )
        except (OSError, ValueError, SafetensorError) as error:
            raise _cannot_be_loaded(self.name, self.task, error) from error
        if missing := report["missing_keys"]:
            raise ModelError(
                f"{self.name!r} is not a model for {self.task.purpose}: it lacks {', '.join(missing)}. "
                f"{self.task.advice}"
            )
        return model.eval()

    def fingerprint(self) -> str:
        """
        Tell this model's arithmetic from any other's.

        :returns: A hash in hexadecimal of the weights and of the configuration without what `ModelTraits` reads.
        """
        configuration = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        configuration.pop("qa_system", None)
        digest = sha256(json.dumps(configuration, sort_keys=True).encode())
        for file in weight_files(self.folder):
            with file.open("rb") as weights:
                digest.update(file_digest(weights, "blake2b").digest())
        return digest.hexdigest()


def open_checkpoint(model: str, token: Secret | None, task: Task = EXTRACTION) -> Checkpoint:
    """
    Find a model and read all but its weights.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub; looked for in this order.
    :param token: For private models of the hub.
    :param task: What it is for.
    :returns: The model.
    :raises ModelError: There is none, or a runtime could not make use of its tokenizer.
    """
    from transformers import AutoConfig, AutoTokenizer

    try:
        with without_progress_bars():
            folder = find_model(model, token)
            config = AutoConfig.from_pretrained(folder)
            tokenizer = AutoTokenizer.from_pretrained(folder, config=config)
    except (OSError, ValueError) as error:
        raise _cannot_be_loaded(model, task, error) from error
    checkpoint = Checkpoint(model, folder, config, tokenizer, task)
    _check_tokenizer(checkpoint)
    return checkpoint


def _check_tokenizer(checkpoint: Checkpoint) -> None:
    tokenizer = checkpoint.tokenizer
    if not tokenizer.is_fast:
        raise ModelError(
            f"{checkpoint.title} has no fast tokenizer ({type(tokenizer).__name__}), so what it finds could not be "
            "found in the review. Give a model with a tokenizer.json."
        )
    first_id = tokenizer("question", "passage")["input_ids"][0]
    if first_id != tokenizer.cls_token_id or tokenizer.pad_token_id is None:
        raise ModelError(
            f"{checkpoint.title} does not put a classification token first or cannot pad; a reader takes that "
            "token for 'no answer'. Give a model of the BERT kind (BERT, RoBERTa, ELECTRA, DeBERTa, DistilBERT, …)."
        )


def _cannot_be_loaded(model: str, task: Task, error: Exception) -> ModelError:
    bundled = ", ".join(bundled_models(task.noun))
    return ModelError(
        f"the {task.noun} {model!r} cannot be loaded: {error}\nGive the name of a bundled model ({bundled}), a folder "
        f"with a Hugging Face model for {task.purpose}, or the name of one on the Hugging Face hub, which has to be "
        "reachable."
    )
