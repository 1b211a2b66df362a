"""One step of learning: a batch in, slightly better weights out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from qa_system.inference.hardware import floats
from qa_system.training.layers import parameter_groups
from qa_system.training.schedule import Schedule

if TYPE_CHECKING:
    import torch

BatchT = TypeVar("BatchT")


class Learner(Generic[BatchT]):
    """
    A model with its optimizer (AdamW) and the moving average of its weights.

    :param model: The model, on its device.
    :param loss: What the model is to make small: of a batch a mean, in nats, computed where bfloat16 may be used.
    :param schedule: How to train.
    :param layer_decay: As of `parameter_groups`.
    """

    def __init__(
        self,
        model: Any,
        loss: "Callable[[BatchT], torch.Tensor]",
        schedule: Schedule,
        *,
        layer_decay: float = 1.0,
    ) -> None:
        import torch
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

        self._model = model.train()
        self._average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(schedule.ema_decay))
        groups = parameter_groups(model, weight_decay=schedule.weight_decay, layer_decay=layer_decay)
        self._optimizer = torch.optim.AdamW(groups, lr=schedule.learning_rate, fused=True)
        self._loss = loss
        self._clip = schedule.clip
        self._bf16 = floats(model.device) == torch.bfloat16

    @property
    def averaged(self) -> Any:
        """The model with the averaged weights."""
        return self._average.module

    def learn(self, batch: BatchT, learning_rate: float) -> float:
        """
        Take a step.

        :param batch: What to learn from.
        :param learning_rate: How far to go.
        :returns: The loss before the step.
        """
        import torch

        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate * group["scale"]
        with torch.autocast(self._model.device.type, torch.bfloat16, enabled=self._bf16):
            loss = self._loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._clip)
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
