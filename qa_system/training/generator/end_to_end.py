"""The encoder of questions, learning along with the generator: RAG from end to end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from qa_system.training.dense.encoding import TextEncoder
from qa_system.training.generator.batches import RagBatch
from qa_system.training.generator.questions import RagQuestion

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

QUERY_FOLDER = "query"
"""Where the encoder of questions lies in the folder of a generator that was trained with one."""


class EndToEnd(torch.nn.Module):
    """
    A generator and the encoder of questions that weighs its passages. The vectors of passages stay as they are, so that
    an index of them does too (Lewis et al., 2020, section 2.4).

    :param generator: The generator.
    :param encoder: The encoder.
    """

    def __init__(self, generator: Any, encoder: "SentenceTransformer") -> None:
        super().__init__()
        self.generator = generator
        self.encoder = encoder

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.generator.device

    def scores(self, batch: RagBatch) -> Tensor:
        """
        Score the passages of questions, so that the encoder learns from what becomes of the scores.

        :param batch: The questions, with the vectors of their passages.
        :returns: Inner products, shape `(questions, passages)`.
        """
        features = self.encoder.preprocess(list(batch.questions))
        placed = {name: value.to(self.device) for name, value in features.items() if isinstance(value, Tensor)}
        asked = normalize(self.encoder(placed)["sentence_embedding"].float(), dim=-1)
        return torch.einsum("qd,qpd->qp", asked, batch.vectors.to(self.device))


class PassageVectors:
    """
    The vectors of all passages of questions.

    :param questions: The questions.
    :param encoder: The encoder as it was before it learned anything: that of an index.
    """

    def __init__(self, questions: Sequence[RagQuestion], encoder: TextEncoder) -> None:
        texts = list(dict.fromkeys(text for question in questions for text in question.passages))
        self._vectors = torch.from_numpy(encoder.encode_passages(texts))
        self._rows = {text: row for row, text in enumerate(texts)}

    @property
    def size(self) -> int:
        """Length of a vector."""
        return self._vectors.shape[1]

    def of(self, questions: Sequence[RagQuestion]) -> Tensor:
        """
        Look up the passages of questions.

        :param questions: The questions, with as many passages each.
        :returns: float32, shape `(questions, passages, size)`.
        """
        rows = [[self._rows[text] for text in question.passages] for question in questions]
        return self._vectors[torch.tensor(rows)]
