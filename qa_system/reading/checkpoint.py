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

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    A model for extractive question answering as it was saved.

    :param name: What the user called it.
    :param folder: Where its files lie.
    :param config: Its configuration, as transformers reads it.
    :param tokenizer: Its tokenizer, which is a fast one and puts a classification token first.
    """

    name: str
    folder: Path
    config: Any
    tokenizer: Any

    def torch_model(self, dtype: "torch.dtype") -> Any:
        """
        Load the weights.

        :param dtype: What to compute in.
        :returns: The model, on the CPU, for inference.
        :raises ModelError: The weights are missing or damaged, or those of something else than a reader.
        """
        from safetensors import SafetensorError
        from transformers import AutoModelForQuestionAnswering

        try:
            with without_progress_bars():
                model, report = AutoModelForQuestionAnswering.from_pretrained(
                    self.folder, config=self.config, dtype=dtype, output_loading_info=True
                )
        except (OSError, ValueError, SafetensorError) as error:
            raise _cannot_be_loaded(self.name, error) from error
        if missing := report["missing_keys"]:
            raise ModelError(
                f"{self.name!r} is not a model for extractive question answering: it lacks {', '.join(missing)}. "
                "Give one with a trained question-answering head, as SQuAD models have."
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


def open_checkpoint(model: str, token: Secret | None) -> Checkpoint:
    """
    Find a model and read all but its weights.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub; looked for in this order.
    :param token: For private models of the hub.
    :returns: The model.
    :raises ModelError: There is none, or the reader could not make use of its tokenizer.
    """
    from transformers import AutoConfig, AutoTokenizer

    try:
        with without_progress_bars():
            folder = find_model(model, token)
            config = AutoConfig.from_pretrained(folder)
            tokenizer = AutoTokenizer.from_pretrained(folder, config=config)
    except (OSError, ValueError) as error:
        raise _cannot_be_loaded(model, error) from error
    _check_tokenizer(model, tokenizer)
    return Checkpoint(model, folder, config, tokenizer)


def _check_tokenizer(model: str, tokenizer: Any) -> None:
    if not tokenizer.is_fast:
        raise ModelError(
            f"the reader {model!r} has no fast tokenizer ({type(tokenizer).__name__}), so its answers could not be "
            "found in the review. Give a model with a tokenizer.json."
        )
    first_id = tokenizer("question", "passage")["input_ids"][0]
    if first_id != tokenizer.cls_token_id or tokenizer.pad_token_id is None:
        raise ModelError(
            f"the reader {model!r} does not put a classification token first or cannot pad; this reader takes that "
            "token for 'no answer'. Give a model of the BERT kind (BERT, RoBERTa, ELECTRA, DeBERTa, DistilBERT, …)."
        )


def _cannot_be_loaded(model: str, error: Exception) -> ModelError:
    bundled = ", ".join(bundled_models("reader"))
    return ModelError(
        f"the reader {model!r} cannot be loaded: {error}\nA reader is the name of a bundled model "
        f"({bundled}), a folder with a Hugging Face model for question answering, or the name "
        "of one on the Hugging Face hub, which has to be reachable."
    )
