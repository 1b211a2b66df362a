"""One step of learning: a batch in, slightly better weights out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qa_system.inference.hardware import floats
from qa_system.reading.inference import Runtime
from qa_system.reading.windows import Window
from qa_system.training.distillation import Teachers
from qa_system.training.features import Batch
from qa_system.training.layers import parameter_groups
from qa_system.training.recipe import Recipe

if TYPE_CHECKING:
    import torch


class Learner:
    """
    A model with its optimizer (AdamW) and the moving average of its weights.

    :param model: The model, on its device.
    :param runtime: Arranges windows as the model takes them.
    :param recipe: How to train.
    :param teachers: What to learn from besides the labels.
    """

    def __init__(self, model: Any, runtime: Runtime, recipe: Recipe, teachers: Teachers | None = None) -> None:
        import torch
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

        self._model = model.train()
        self._average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
        self._optimizer = torch.optim.AdamW(parameter_groups(model, recipe), lr=recipe.learning_rate, fused=True)
        self._runtime = runtime
        self._recipe = recipe
        self._teachers = teachers
        self._bf16 = floats(model.device) == torch.bfloat16

    @property
    def averaged(self) -> Any:
        """The model with the averaged weights."""
        return self._average.module

    def learn(self, batch: Batch, learning_rate: float) -> float:
        """
        Take a step.

        :param batch: What to learn from.
        :param learning_rate: How far to go.
        :returns: The loss before the step, in nats: mean cross-entropy of first and last token, mixed with what the
            teachers say where there are any.
        """
        import torch

        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate * group["scale"]
        loss = self._loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._recipe.clip)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._average.update_parameters(self._model)
        return loss.item()

    def state_dict(self) -> dict[str, Any]:
        """
        Give away everything that the next step depends on.

        :returns: Weights, their average, moments, and the states of the random number generators.
        """
        import torch

        return {
            "model": self._model.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "random_gpu": torch.cuda.get_rng_state_all(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """
        Go on where another learner stopped.

        :param state: What `state_dict` gave.
        """
        import torch

        for name, part in (("model", self._model), ("average", self._average), ("optimizer", self._optimizer)):
            part.load_state_dict(state[name])
        torch.set_rng_state(state["random"])
        for device in range(min(len(state["random_gpu"]), torch.cuda.device_count())):  # it may be another machine
            torch.cuda.set_rng_state(state["random_gpu"][device], device)

    def _loss(self, batch: Batch) -> "torch.Tensor":
        import torch

        with torch.autocast(self._model.device.type, torch.bfloat16, enabled=self._bf16):
            output = self._model(**self._inputs(batch.windows))
        logits = output.start_logits.float(), output.end_logits.float()
        forbidden = self._forbidden(batch.windows)
        labelled = _cross_entropy(logits, (batch.starts, batch.ends), forbidden)
        if self._teachers is None:
            return labelled
        return torch.lerp(labelled, self._teachers.loss(batch.windows, logits, forbidden), self._recipe.teacher_weight)

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
