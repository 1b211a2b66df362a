"""The model that a training starts from, and the one it leaves behind."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.dense.model_files import UNTUNED_MODEL, model_folder, weights_hash
from qa_system.errors import ModelError, SettingsError
from qa_system.generation.rag_traits import RagTraits
from qa_system.inference.hardware import floats
from qa_system.models import bundled_model, bundled_models
from qa_system.reading.traits import ModelTraits

if TYPE_CHECKING:
    import torch


def base_fingerprint(name: str) -> str:
    """
    Tell the weights of a base from any others.

    :param name: As of `load_base`.
    :returns: A hash of its weights, in hexadecimal.
    :raises ModelError: There is no such model.
    """
    try:
        return weights_hash(base_folder(name))
    except ModelError as error:
        raise _cannot_be_loaded(name, error) from error


def load_base(name: str, *, dropout: float, device: "torch.device") -> tuple[Any, Any]:
    """
    Load an encoder, or a reader that shall learn more, for training in single precision.

    :param name: `all-MiniLM-L6-v2` (bundled), a bundled reader, a folder, or a name on the Hugging Face hub.
    :param dropout: The probability of dropping an activation.
    :param device: Where it shall be trained.
    :returns: Model and tokenizer. A head that the base does not have is set at random.
    :raises ModelError: There is no such model, it cannot be trained to read, or it has no fast tokenizer.
    """
    from safetensors import SafetensorError

    try:
        with quietly():
            model, tokenizer, missing = _pretrained(base_folder(name), dropout, device)
    except (ModelError, OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise _cannot_be_loaded(name, error) from error
    _check(name, model, tokenizer, missing)
    return model.to(device), tokenizer


def save_model(folder: Path, model: Any, tokenizer: Any) -> None:
    """
    Save a reader or a generator in half precision, as it is loaded to be used.

    :param folder: Where to; what is there is replaced.
    :param model: The model; it is not changed.
    :param tokenizer: Its tokenizer.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with quietly():
        deepcopy(model).half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_traits(folder: Path, traits: ModelTraits | RagTraits) -> None:
    """
    Write into a saved model how it is asked and how what it gives is read.

    :param folder: Folder of the model.
    :param traits: What to write.
    """
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder)
    config.qa_system = asdict(traits)
    config.save_pretrained(folder)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep the bars of transformers, and its report of a head yet to be learned, off the stderr of the caller."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _pretrained(folder: Path, dropout: float, device: "torch.device") -> tuple[Any, Any, Sequence[str]]:
    import torch
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer

    config = AutoConfig.from_pretrained(folder)
    config.update(dropouts(config.to_dict(), dropout))
    tokenizer = AutoTokenizer.from_pretrained(folder, config=config)
    model, report = AutoModelForQuestionAnswering.from_pretrained(
        folder,
        config=config,
        dtype=torch.float32,
        attn_implementation=attention(device),
        output_loading_info=True,
    )
    return model, tokenizer, report["missing_keys"]


def base_folder(name: str) -> Path:
    """
    Find the files of a base.

    :param name: Of any bundled model, or as of `model_folder`.
    :returns: The folder.
    :raises ModelError: There is no such model, or the hub cannot be reached.
    """
    return bundled_model(name) if name in bundled_models() else model_folder(name)


def check_window(model: str, longest: int, max_seq_length: int) -> None:
    """
    Make sure that a model can read what a recipe says.

    :param model: What it is called in the error.
    :param longest: How many tokens it reads at once, at most.
    :param max_seq_length: How many it shall read at once.
    :raises SettingsError: It cannot.
    """
    if longest < max_seq_length:
        raise SettingsError(
            f"{model} reads at most {longest} tokens at once, and max_seq_length is {max_seq_length}: set it to "
            f"{longest} or less."
        )


def _cannot_be_loaded(name: str, error: Exception) -> ModelError:
    bundled = ", ".join(bundled_models("reader"))
    return ModelError(
        f"the base {name!r} cannot be loaded: {error}\nA base is {UNTUNED_MODEL!r} (bundled, needs no network), a "
        f"bundled reader ({bundled}), a folder with a Hugging Face model, or the name of one on "
        "the Hugging Face hub, which has to be reachable."
    )


def attention(device: "torch.device") -> str | None:
    """
    Choose how attention is computed while training.

    :param device: Where.
    :returns: Its name for transformers, None for the default. On a CPU with bfloat16, plain attention trained three
        times as fast as the fused kernels; without, slower.
    """
    import torch

    return "eager" if device.type == "cpu" and floats(device) == torch.bfloat16 else None


def dropouts(config: Mapping[str, Any], dropout: float) -> dict[str, float]:
    """
    Set every dropout of a model; families of models call them differently: hidden_dropout_prob, qa_dropout, …

    :param config: Its configuration.
    :param dropout: The probability of dropping an activation.
    :returns: The values to set, by name.
    """
    return {name: dropout for name in config if "dropout" in name and config[name] is not None}


def _check(name: str, model: Any, tokenizer: Any, missing: Sequence[str]) -> None:
    if lost := [weight for weight in missing if weight.startswith(f"{model.base_model_prefix}.")]:
        raise ModelError(
            f"the base {name!r} lacks weights of its encoder ({', '.join(lost[:3])}, … {len(lost)} in all): it would "
            "start from noise. Give a complete model."
        )
    if not tokenizer.is_fast:
        raise ModelError(
            f"the base {name!r} has no fast tokenizer ({type(tokenizer).__name__}), so answers could not be found in "
            "its tokens. Give a model with a tokenizer.json."
        )
    if tokenizer("question", "passage")["input_ids"][0] != tokenizer.cls_token_id or tokenizer.pad_token_id is None:
        raise ModelError(
            f"the base {name!r} does not put a classification token first or cannot pad; the reader points at that "
            "token for 'no answer'. Give a model of the BERT kind (BERT, RoBERTa, ELECTRA, DeBERTa, DistilBERT, …)."
        )
