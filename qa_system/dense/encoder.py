"""Texts -> vectors, through sentence-transformers."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.model_files import DEFAULT_MODEL, model_folder, weights_hash
from qa_system.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class Encoder:
    """
    Encodes questions and passages as vectors of length 1, to be compared by inner product.

    A model is loaded when it is first used, once per process however many encoders share it.

    :param query_model: `all-MiniLM-L6-v2` (bundled, needs no network), a folder, or a name on the Hugging Face hub.
    :param passage_model: The same for passages where the encoder is a pair (DPR, Karpukhin et al., 2020); None for the
        query model.
    :param device: Torch device such as `cpu` or `cuda:0`; None for a GPU where there is one.
    :param batch_size: Texts that go through the model together.
    """

    def __init__(
        self,
        query_model: str = DEFAULT_MODEL,
        passage_model: str | None = None,
        *,
        device: str | None = None,
        batch_size: int = 32,
    ) -> None:
        self.query_model = query_model
        self.passage_model = passage_model or query_model
        self.device = device
        self.batch_size = batch_size

    @classmethod
    def matching(
        cls,
        made_by: EncoderIdentity | None,
        *,
        query_model: str | None = None,
        passage_model: str | None = None,
        device: str | None = None,
    ) -> "Encoder":
        """
        Make the encoder of a store's vectors: what is named, else what made them, else the bundled one.

        :param made_by: What made the vectors; None where there are none.
        :param query_model: As for `Encoder`; None for what made the vectors.
        :param passage_model: As for `Encoder`; None for what made the vectors, or the `query_model` where one is named.
        :param device: As for `Encoder`.
        :returns: The encoder.
        """
        if query_model is None and made_by:
            return cls(made_by.query_model, passage_model or made_by.passage_model, device=device)
        return cls(query_model or DEFAULT_MODEL, passage_model, device=device)

    @cached_property
    def identity(self) -> EncoderIdentity:
        """
        What tells this encoder from another; no model is loaded for it.

        :raises ModelError: If a model cannot be found.
        """
        query_weights, passage_weights = (
            weights_hash(model_folder(name)) for name in (self.query_model, self.passage_model)
        )
        return EncoderIdentity(self.query_model, self.passage_model, query_weights, passage_weights)

    @cached_property
    def dimension(self) -> int:
        """
        Length of a passage's vector.

        :raises ModelError: If the model cannot be loaded.
        """
        return self.encode_passages([""]).shape[1]

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """
        Encode questions, with the model's prompt for queries where it has one.

        :param texts: n questions.
        :returns: float32 (n, dimension), each row of length 1.
        :raises ModelError: If the model cannot be loaded.
        """
        model = self._model(self.query_model)
        return model.encode_query(
            list(texts), batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False
        )

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """
        Encode passages, with the model's prompt for documents where it has one. What exceeds its window is left out.

        :param texts: n passages.
        :returns: float32 (n, dimension), each row of length 1.
        :raises ModelError: If the model cannot be loaded.
        """
        model = self._model(self.passage_model)
        return model.encode_document(
            list(texts), batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False
        )

    def _model(self, name: str) -> "SentenceTransformer":
        return _load(model_folder(name), self.device)


@lru_cache(maxsize=4)
def _load(folder: Path, device: str | None) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    try:
        # A checkpoint is otherwise loaded as it was saved, and half precision is slow on a CPU.
        return SentenceTransformer(str(folder), device=device, model_kwargs={"dtype": "float32"})
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"The encoder in {folder} could not be loaded: {error} It should be a folder that a sentence-transformers "
            f"model was saved to; {DEFAULT_MODEL!r} is bundled and always there."
        ) from error
