"""What a reader is to make small: how unlikely it finds the first and the last token of the answers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qa_system.reading.inference import Runtime
from qa_system.reading.windows import Window
from qa_system.training.distillation import Teachers
from qa_system.training.features import Batch

if TYPE_CHECKING:
    import torch


class SpanLoss:
    """
    Mean cross-entropy of first and last token, mixed with what teachers say where there are any.

    :param model: The model, on its device.
    :param runtime: Arranges windows as the model takes them.
    :param teachers: What to learn from besides the labels.
    :param teacher_weight: The share of the loss that is about agreeing with them.
    """

    def __init__(
        self, model: Any, runtime: Runtime, teachers: Teachers | None = None, *, teacher_weight: float = 0.5
    ) -> None:
        self._model = model
        self._runtime = runtime
        self._teachers = teachers
        self._teacher_weight = teacher_weight

    def __call__(self, batch: Batch) -> "torch.Tensor":
        """
        Compute it.

        :param batch: What to learn from.
        :returns: The loss, in nats, of shape `()`.
        """
        import torch

        output = self._model(**self._inputs(batch.windows))
        logits = output.start_logits.float(), output.end_logits.float()
        forbidden = self._forbidden(batch.windows)
        labelled = _cross_entropy(logits, (batch.starts, batch.ends), forbidden)
        if self._teachers is None:
            return labelled
        return torch.lerp(labelled, self._teachers.loss(batch.windows, logits, forbidden), self._teacher_weight)

    def _inputs(self, windows: Sequence[Window]) -> dict[str, "torch.Tensor"]:
        import torch

        inputs = self._runtime.inputs(windows)
        return {name: torch.from_numpy(ids).to(self._model.device) for name, ids in inputs.items()}

    def _forbidden(self, windows: Sequence[Window]) -> "torch.Tensor":
        """Mark what the reader never chooses: padding, and all tokens that are neither the review's nor the first."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        allowed = [torch.from_numpy(window.context) for window in windows]
        forbidden = ~pad_sequence(allowed, batch_first=True, padding_value=False)
        forbidden[:, 0] = False
        return forbidden.to(self._model.device)


def _cross_entropy(
    logits: Sequence["torch.Tensor"], targets: Sequence[Any], forbidden: "torch.Tensor"
) -> "torch.Tensor":
    import torch
    from torch.nn.functional import cross_entropy

    losses = [
        cross_entropy(each.masked_fill(forbidden, -torch.inf), torch.from_numpy(tokens).to(each.device))
        for each, tokens in zip(logits, targets, strict=True)
    ]
    return torch.stack(losses).mean()
