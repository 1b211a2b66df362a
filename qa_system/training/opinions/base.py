"""What a training of an opinions model starts from: the first layers of an encoder."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from qa_system.dense.model_files import DEFAULT_MODEL, model_folder
from qa_system.errors import ModelError
from qa_system.opinions.labels import LABELS
from qa_system.training.base import attention, dropouts, quietly
from qa_system.training.generator.vocabulary import pruned

if TYPE_CHECKING:
    import torch

_WORDS = "embeddings.word_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_LONGEST = 128
"""Tokens that the model can read at once: a sentence or a short review."""


def cut_down(
    base: str, texts: Iterable[str], *, layers: int, vocabulary: int, dropout: float, device: "torch.device"
) -> tuple[Any, Any]:
    """
    Make a small model of an encoder's first layers and commonest word pieces, for training in single precision.

    :param base: `minilm-review-encoder` (bundled), a folder, or a name on the Hugging Face hub: of the BERT kind.
    :param texts: What the commonest word pieces are found in.
    :param layers: How many layers are kept, at most.
    :param vocabulary: How many word pieces are kept; 0 for all.
    :param dropout: The probability of dropping an activation.
    :param device: Where it shall be trained.
    :returns: Model, with a head at random, and tokenizer.
    :raises ModelError: There is no such model, or it is of another kind.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoTokenizer, BertModel

    try:
        folder = model_folder(base)
        _check_kind(base, AutoConfig.from_pretrained(folder))
        with quietly():
            encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype="float32")
            tokenizer, kept = pruned(AutoTokenizer.from_pretrained(folder), texts, vocabulary, needed="")
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the base {base!r} cannot be loaded: {error}\nA base is {DEFAULT_MODEL!r} (bundled, needs no network), a "
            "folder with another encoder of the BERT kind, or the name of one on the Hugging Face hub, which has to be "
            "reachable."
        ) from error
    model = _small(encoder, kept, layers, dropout)
    if kind := attention(device):
        model.set_attn_implementation(kind)
    return model.to(device), tokenizer


def _check_kind(base: str, config: Any) -> None:
    if config.model_type != "bert":
        raise ModelError(
            f"the base {base!r} is a {config.model_type} model; an opinions model is cut from an encoder of the BERT "
            f"kind, such as {DEFAULT_MODEL!r}."
        )


def _small(encoder: Any, kept: list[int], layers: int, dropout: float) -> Any:
    from transformers import BertConfig, BertForTokenClassification

    said = encoder.config.to_dict()
    config = BertConfig(
        **said
        | dropouts(said, dropout)
        | {
            "vocab_size": len(kept),
            "num_hidden_layers": min(layers, said["num_hidden_layers"]),
            "max_position_embeddings": min(_LONGEST, said["max_position_embeddings"]),
            "pad_token_id": kept.index(said["pad_token_id"] or 0),
            "id2label": dict(enumerate(LABELS)),
            "label2id": {label: number for number, label in enumerate(LABELS)},
        }
    )
    model: Any = BertForTokenClassification(config)
    weights = encoder.state_dict()
    weights[_WORDS] = weights[_WORDS][kept]
    weights[_POSITIONS] = weights[_POSITIONS][: config.max_position_embeddings]
    model.bert.load_state_dict({name: weights[name] for name in model.bert.state_dict()})
    return model
