"""What a training of a generator starts from."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.errors import ModelError
from qa_system.training.base import attention, base_folder, check_window, quietly
from qa_system.training.dense.plan import DEFAULT_READER
from qa_system.training.generator.vocabulary import pruned

if TYPE_CHECKING:
    import torch

_WORDS = "embeddings.word_embeddings.weight"

_SALIENT = 0.5
"""Standard deviation of a new mark: about that of the states which it is added to."""

NO_ANSWER = "not mentioned"
"""What a generator learns to write where no passage answers."""


def warm_start(
    base: str,
    texts: Iterable[str],
    *,
    vocabulary: int,
    decoder_layers: int,
    max_seq_length: int,
    freeze: bool,
    dropout: float,
    device: "torch.device",
) -> tuple[Any, Any]:
    """
    Make a sequence-to-sequence model of an encoder or a reader (Rothe et al., 2020), for training in single precision.

    Both begin with its weights, the decoder with those of its first layers. Cross-attention, which no encoder has,
    begins as a copy of the self-attention of its layer: a decoder's states lie in the same space as the encoder's, so
    that it looks at like words from the first step on. Of a reader, the head that knows where answers stand is kept; an
    encoder gets one at random.

    :param base: A bundled model, a folder, or a name on the Hugging Face hub: of the BERT kind.
    :param texts: What the commonest word pieces are found in.
    :param vocabulary: How many of them are kept; 0 for all.
    :param decoder_layers: How many layers the decoder has, at most.
    :param max_seq_length: How many tokens it shall read at once.
    :param freeze: As of `load_generator`.
    :param dropout: The probability of dropping an activation.
    :param device: Where it shall be trained.
    :returns: Model and tokenizer.
    :raises ModelError: There is no such model, or it is of another kind.
    :raises SettingsError: It reads fewer tokens at once.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoTokenizer, BertForQuestionAnswering

    try:
        folder = base_folder(base)
        _check_kind(base, AutoConfig.from_pretrained(folder))
        with quietly():
            reader = BertForQuestionAnswering.from_pretrained(folder, dtype="float32")
            tokenizer, kept = pruned(AutoTokenizer.from_pretrained(folder), texts, vocabulary, needed=NO_ANSWER)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the base {base!r} cannot be loaded: {error}\nA base is {DEFAULT_READER!r} (bundled, needs no network), a "
            "folder with another reader or encoder of the BERT kind, or the name of one on the Hugging Face hub, which "
            "has to be reachable."
        ) from error
    check_window(f"the base {base!r}", reader.config.max_position_embeddings, max_seq_length)
    model = _joined(reader, tokenizer, kept, decoder_layers)
    return _ready(model, freeze=freeze, dropout=dropout, device=device), tokenizer


def load_generator(folder: Path, *, freeze: bool, dropout: float, device: "torch.device") -> tuple[Any, Any]:
    """
    Load a generator that shall learn more, in single precision.

    :param folder: What `save_model` saved.
    :param freeze: Whether the encoder, and with it all embeddings, stays as it is; only its marks learn.
    :param dropout: The probability of dropping an activation.
    :param device: Where it shall be trained.
    :returns: Model and tokenizer.
    """
    from transformers import AutoTokenizer

    from qa_system.generation.bert2bert import Bert2Bert

    with quietly():
        model = Bert2Bert.from_pretrained(folder, dtype="float32")
    return _ready(model, freeze=freeze, dropout=dropout, device=device), AutoTokenizer.from_pretrained(folder)


def _check_kind(base: str, config: Any) -> None:
    if config.model_type != "bert":
        raise ModelError(
            f"the base {base!r} is a {config.model_type} model; a generator is made of one of the BERT kind, such "
            f"as {DEFAULT_READER!r}."
        )


def _joined(reader: Any, tokenizer: Any, kept: list[int], decoder_layers: int) -> Any:
    from torch.nn.init import normal_

    from qa_system.generation.bert2bert import Bert2Bert

    weights = reader.bert.state_dict()
    weights[_WORDS] = weights[_WORDS][kept]
    model: Any = Bert2Bert(_config(reader.config, tokenizer, decoder_layers))  # given weights, it draws some anew
    model.encoder.load_state_dict(weights, strict=False)
    model.decoder.bert.load_state_dict(weights, strict=False)
    model.encoder.places.load_state_dict(reader.qa_outputs.state_dict())
    normal_(model.encoder.marks.weight, std=_SALIENT)
    for layer in model.decoder.bert.encoder.layer:
        layer.crossattention.load_state_dict(layer.attention.state_dict())
    return model


def _config(encoder: Any, tokenizer: Any, decoder_layers: int) -> Any:
    from transformers import BertConfig, EncoderDecoderConfig

    pad = tokenizer.pad_token_id
    said = encoder.to_dict() | {"vocab_size": len(tokenizer), "pad_token_id": pad, "_name_or_path": ""}
    layers = min(decoder_layers, said["num_hidden_layers"])
    return EncoderDecoderConfig.from_encoder_decoder_configs(
        BertConfig(**said),
        BertConfig(**said | {"is_decoder": True, "add_cross_attention": True, "num_hidden_layers": layers}),
        tie_word_embeddings=True,
        decoder_start_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        pad_token_id=pad,
    )


def _ready(model: Any, *, freeze: bool, dropout: float, device: "torch.device") -> Any:
    from torch.nn import Dropout

    model.encoder.requires_grad_(not freeze)
    model.encoder.marks.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, Dropout):
            module.p = dropout
    if kind := attention(device):
        model.set_attn_implementation(kind)
    return model.to(device)
