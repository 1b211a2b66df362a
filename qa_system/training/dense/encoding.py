"""Texts -> vectors, by the encoder of an index or by one that is being trained."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qa_system.inference.hardware import floats

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TextEncoder(Protocol):
    """What encodes as `qa_system.dense.encoder.Encoder` does."""

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """
        Encode questions.

        :param texts: n questions, at least one.
        :returns: float32 (n, dimension), each row of length 1.
        """

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """
        Encode passages.

        :param texts: n passages, at least one.
        :returns: float32 (n, dimension), each row of length 1.
        """


class TrainedEncoder:
    """
    A model that is being trained, as it is now.

    :param model: The model. What is encoded is not learned from.
    """

    def __init__(self, model: "SentenceTransformer") -> None:
        self._model = model

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Encode questions, see `TextEncoder`."""
        return self._encoded(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Encode passages, see `TextEncoder`."""
        return self._encoded(self._model.encode_document, texts)

    def _encoded(self, encode: Callable[..., Any], texts: Sequence[str]) -> np.ndarray:
        import torch

        device = self._model.device
        # Looking for candidates takes no more digits than learning from them does.
        with torch.autocast(device.type, torch.bfloat16, enabled=floats(device) == torch.bfloat16):
            vectors = encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, np.float32)
