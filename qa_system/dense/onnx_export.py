"""An encoder's weights -> what is exported of it to ONNX: the transformer, whose vectors of tokens are then pooled."""

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.dense.model_files import weights_hash
from qa_system.inference.onnx_export import OnnxError, Program

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_TRACED = ["Worth it?", "Worth it!"]
_COMPARED = ["The bass is deep, and it never rattles.", *_TRACED]


def check_modules(name: str, model: "SentenceTransformer") -> None:
    """
    Refuse a model that is more than a transformer and what pools its tokens.

    :param name: What the model is called, for the message.
    :param model: The model.
    :raises OnnxError: It has other modules.
    """
    from sentence_transformers.sentence_transformer import modules

    first, *later = model
    followers = (modules.Pooling, modules.Dense, modules.Normalize, modules.LayerNorm, modules.Dropout)
    if not isinstance(first, modules.Transformer) or not all(isinstance(module, followers) for module in later):
        found = ", ".join(type(module).__name__ for module in model)
        raise OnnxError(f"{name} is made of {found}; what ONNX Runtime runs is Transformer, Pooling, Dense, Normalize")


def fingerprint(folder: Path, model: "SentenceTransformer") -> str:
    """
    Tell the arithmetic of a model's transformer from any other's.

    :param folder: Folder of the model.
    :param model: The model.
    :returns: A hash in hexadecimal of the weights and of the configuration, wherever the folder lies.
    :raises ModelError: The folder holds no weights.
    """
    transformer: Any = model[0]
    configuration = {key: value for key, value in transformer.config.to_dict().items() if not key.startswith("_")}
    described = json.dumps(configuration, sort_keys=True, default=str)
    return sha256(f"{weights_hash(folder)} {described} token embeddings".encode()).hexdigest()


def encoder_program(model: "SentenceTransformer") -> Program:
    """
    Say what to export of a model.

    :param model: The model, in float32 on the CPU; it is changed.
    :returns: Its transformer.
    """
    transformer: Any = model.eval()[0]
    transformer.model.set_attn_implementation("eager")
    traced, compared = (_inputs(transformer, texts) for texts in (_TRACED, _COMPARED))
    return Program(_token_embeddings(transformer), ("token_embeddings",), traced, compared)


def _inputs(transformer: Any, texts: list[str]) -> dict[str, Any]:
    features = transformer.preprocess(texts)
    return {name: features[name].numpy() for name in _INPUTS if name in features}


def _token_embeddings(transformer: Any) -> "torch.nn.Module":
    import torch

    class TokenEmbeddings(torch.nn.Module):
        """The exporter wants the names of what goes in, and only what shall come out."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(
            self,
            input_ids: "torch.Tensor",
            attention_mask: "torch.Tensor",
            token_type_ids: "torch.Tensor | None" = None,
        ) -> dict[str, "torch.Tensor"]:
            given = zip(_INPUTS, (input_ids, attention_mask, token_type_ids), strict=True)
            features = self.transformer({name: value for name, value in given if value is not None})
            return {"token_embeddings": features["token_embeddings"]}

    return TokenEmbeddings()
