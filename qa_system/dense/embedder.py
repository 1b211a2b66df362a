"""A loaded encoder: texts -> vectors, by PyTorch or by ONNX Runtime."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from qa_system.inference.onnx_runtime import on_all_cores, open_session

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Task = Literal["query", "document"]
Vectors = NDArray[np.float32]

CPU_TOKENS, GPU_TOKENS = 8_192, 131_072
"""Tokens that PyTorch works on at once, at most: where all texts are as long as the model's window."""

TOKENISED_TOGETHER = 1_024
_LONGEST_WINDOW = 512  # of models that do not say


class Embedder(ABC):
    """
    A model of sentence-transformers, ready to run.

    :param model: The model, in float32 where it runs on a CPU.
    """

    engine: str
    """The library that does the work."""

    def __init__(self, model: "SentenceTransformer") -> None:
        self._model = model

    @abstractmethod
    def embed(self, texts: Sequence[str], task: Task) -> Vectors:
        """
        Encode texts. What exceeds the model's window is left out.

        :param texts: n texts, at least one.
        :param task: What they are; it decides on the model's prompt.
        :returns: (n, dimension), each row of length 1, in the order of the texts.
        """


class TorchEmbedder(Embedder):
    """A model under PyTorch, by sentence-transformers, which puts texts of like length into a batch."""

    engine = "PyTorch"

    def __init__(self, model: "SentenceTransformer") -> None:
        super().__init__(model)
        tokens = CPU_TOKENS if model.device.type == "cpu" else GPU_TOKENS
        self._batch_size = max(1, tokens // (model.max_seq_length or _LONGEST_WINDOW))

    def embed(self, texts: Sequence[str], task: Task) -> Vectors:
        """
        Encode texts, see `Embedder`.

        :param texts: n texts.
        :param task: What they are.
        :returns: Their vectors.
        """
        encode: Any = self._model.encode_query if task == "query" else self._model.encode_document
        return encode(list(texts), batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False)


class OnnxEmbedder(Embedder):
    """
    A model whose transformer runs under ONNX Runtime, on the CPU. Safe to use from several threads.

    Texts run side by side, each alone on a core: nothing is padded, and integers, which are scaled by the largest
    number of a batch, do not depend on what else is encoded. The longest go first, so that no core has to wait for
    one that was left for the end. What follows the transformer, as pooling, is done by the model's own modules.

    :param graph: The serialised ONNX model, see `dense.onnx_export`.
    :param model: The model; its transformer is not used and loses its weights.
    """

    engine = "ONNX Runtime"

    def __init__(self, graph: bytes, model: "SentenceTransformer") -> None:
        super().__init__(model.eval())
        self._transformer: Any = model[0]
        self._transformer.to("meta")
        self._later: list[Any] = list(model)[1:]
        self._session = open_session(graph)
        self._names = [node.name for node in self._session.get_inputs()]
        self._tokenising = Lock()  # truncation is a state of the tokenizer, which is set at each call

    def embed(self, texts: Sequence[str], task: Task) -> Vectors:
        """
        Encode texts, see `Embedder`.

        :param texts: n texts.
        :param task: What they are.
        :returns: Their vectors.
        """
        starts = range(0, len(texts), TOKENISED_TOGETHER)
        return np.concatenate([self._embed(list(texts[start : start + TOKENISED_TOGETHER]), task) for start in starts])

    def _embed(self, texts: list[str], task: Task) -> Vectors:
        rows = self._rows(texts, task)
        order = sorted(range(len(rows)), key=lambda row: rows[row]["attention_mask"].shape[1], reverse=True)
        vectors = np.stack(list(on_all_cores(self._vector, [rows[row] for row in order])))
        return vectors[np.argsort(order)]

    def _rows(self, texts: list[str], task: Task) -> list[dict[str, Any]]:
        """Tokenise texts as the model does, and take the padding away."""
        with self._tokenising:
            features = self._transformer.preprocess(texts, prompt=_prompt(self._model, task), task=task)
        used = features["attention_mask"].bool()
        tables = {name for name, value in features.items() if getattr(value, "shape", None) == used.shape}
        return [
            {name: value[row : row + 1, used[row]] if name in tables else value for name, value in features.items()}
            for row in range(len(texts))
        ]

    def _vector(self, features: dict[str, Any]) -> Vectors:
        import torch

        inputs = {name: features[name].numpy() for name in self._names}
        (tokens,) = self._session.run(["token_embeddings"], inputs)
        with torch.inference_mode():
            features["token_embeddings"] = torch.from_numpy(tokens)
            for module in self._later:
                features = module(features)
            vector = features["sentence_embedding"][0, : self._model.truncate_dim]
            return torch.nn.functional.normalize(vector, dim=0).numpy()


def _prompt(model: "SentenceTransformer", task: Task) -> str | None:
    """Choose the prompt as `encode_query` and `encode_document` of sentence-transformers do."""
    names = ("query",) if task == "query" else ("document", "passage", "corpus")
    by_name = model.prompts
    return next((by_name[name] for name in (*names, model.default_prompt_name) if name in by_name), None)
