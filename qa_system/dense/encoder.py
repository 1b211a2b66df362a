"""Texts -> vectors, through models of sentence-transformers."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from qa_system.dense.embedder import Embedder, Task
from qa_system.dense.embedder_loading import load_embedder
from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.model_files import DEFAULT_MODEL, model_folder, weights_hash
from qa_system.settings import RuntimeName


class Encoder:
    """
    Encodes questions and passages as vectors of length 1, to be compared by inner product.

    A model is loaded when it is first used, once per process however many encoders share it.

    :param query_model: `minilm-review-encoder` or `all-MiniLM-L6-v2` (bundled, need no network), a folder, or a name
        on the Hugging Face hub.
    :param passage_model: The same for passages where the encoder is a pair (DPR, Karpukhin et al., 2020); None for the
        query model.
    :param device: Torch device such as `cpu` or `cuda:0`; None for a GPU where there is one.
    :param runtime: What runs the models: `torch`, `onnx` (float32), `onnx-int8`, or `auto`, see `load_embedder`. The
        vectors of all of them can be compared: they are of the same weights.
    """

    def __init__(
        self,
        query_model: str = DEFAULT_MODEL,
        passage_model: str | None = None,
        *,
        device: str | None = None,
        runtime: RuntimeName = "auto",
    ) -> None:
        self.query_model = query_model
        self.passage_model = passage_model or query_model
        self.device = device
        self.runtime: RuntimeName = runtime

    @classmethod
    def matching(
        cls,
        made_by: EncoderIdentity | None,
        *,
        query_model: str | None = None,
        passage_model: str | None = None,
        device: str | None = None,
        runtime: RuntimeName = "auto",
    ) -> "Encoder":
        """
        Make the encoder of a store's vectors: what is named, else what made them, else the bundled one.

        :param made_by: What made the vectors; None where there are none.
        :param query_model: As for `Encoder`; None for what made the vectors.
        :param passage_model: As for `Encoder`; None for what made the vectors, or the `query_model` where one is named.
        :param device: As for `Encoder`.
        :param runtime: As for `Encoder`.
        :returns: The encoder.
        """
        if query_model is None and made_by:
            return cls(made_by.query_model, passage_model or made_by.passage_model, device=device, runtime=runtime)
        return cls(query_model or DEFAULT_MODEL, passage_model, device=device, runtime=runtime)

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

        :param texts: n questions, at least one.
        :returns: float32 (n, dimension), each row of length 1.
        :raises ModelError: If the model cannot be loaded, or cannot be run by the runtime asked for.
        :raises SettingsError: If runtime and device do not go together.
        """
        return self._embed(self.query_model, texts, "query")

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """
        Encode passages, with the model's prompt for documents where it has one. What exceeds its window is left out.

        :param texts: n passages, at least one.
        :returns: float32 (n, dimension), each row of length 1.
        :raises ModelError: If the model cannot be loaded, or cannot be run by the runtime asked for.
        :raises SettingsError: If runtime and device do not go together.
        """
        return self._embed(self.passage_model, texts, "document")

    @property
    def engine(self) -> str:
        """
        The library that runs the model of the questions.

        :raises ModelError: If the model cannot be loaded.
        """
        return self._embedder(self.query_model).engine

    def _embed(self, model: str, texts: Sequence[str], task: Task) -> np.ndarray:
        # Tokenizers refuse lone surrogates.
        encodable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return self._embedder(model).embed(encodable, task)

    def _embedder(self, model: str) -> Embedder:
        return load_embedder(model_folder(model), self.device, self.runtime)
