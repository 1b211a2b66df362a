"""What an opinions model is to make small."""

from typing import TYPE_CHECKING, Any

import numpy as np

from qa_system.opinions.labels import INSIDE, OUTSIDE, POSITIVE, WEIGHT
from qa_system.reading.inference import Runtime
from qa_system.training.opinions.features import IGNORED, OpinionBatch

if TYPE_CHECKING:
    import torch

_SMOOTHING = 0.05
"""Labels that were inferred are sometimes wrong; a model that is never quite sure minds less (Szegedy et al., 2016)."""


class OpinionLoss:
    """
    Mean cross-entropy of a window: of its polarity, pooled as `opinions.decoding.polarity` does, and of its tags.

    :param model: The model, on its device.
    :param runtime: Arranges windows as the model takes them.
    :param aspect_weight: How much the tags count.
    """

    def __init__(self, model: Any, runtime: Runtime, *, aspect_weight: float) -> None:
        self._model = model
        self._runtime = runtime
        self._aspect_weight = aspect_weight

    def __call__(self, batch: OpinionBatch) -> "torch.Tensor":
        """
        Compute it.

        :param batch: What to learn from.
        :returns: The loss, in nats, of shape `()`.
        """
        import torch
        from torch.nn.functional import cross_entropy

        device = self._model.device
        inputs = {name: torch.from_numpy(ids).to(device) for name, ids in self._runtime.inputs(batch.windows).items()}
        logits = self._model(**inputs).logits.float()
        polarities, tags = (torch.from_numpy(each).to(device) for each in (batch.polarities, batch.tags))
        pooled = _pooled(logits, torch.from_numpy(_context(batch)).to(device))
        of_texts = cross_entropy(pooled, polarities, ignore_index=IGNORED, reduction="sum", label_smoothing=_SMOOTHING)
        of_tokens = cross_entropy(
            logits[..., OUTSIDE : INSIDE + 1].flatten(0, 1), tags.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        tagged, tokens = (tags != IGNORED).any(dim=1).sum(), (tags != IGNORED).sum()
        # The tags of a window count together as much as a polarity, however many tokens it has.
        return (of_texts + self._aspect_weight * of_tokens * tagged / tokens.clamp(min=1)) / len(batch.windows)


def _pooled(logits: "torch.Tensor", context: "torch.Tensor") -> "torch.Tensor":
    weights = logits[..., WEIGHT].masked_fill(~context, float("-inf")).softmax(dim=-1)
    return (weights.unsqueeze(-1) * logits[..., : POSITIVE + 1]).sum(dim=1)


def _context(batch: OpinionBatch) -> np.ndarray:
    table = np.zeros(batch.tags.shape, dtype=bool)
    for row, window in enumerate(batch.windows):
        table[row, : len(window)] = window.context
    return table
