"""One step of learning: a batch in, slightly better weights out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from qa_system.reading.runtime import compute_dtype
from qa_system.training.features import Batch
from qa_system.training.recipe import Recipe

if TYPE_CHECKING:
    import torch


class Learner:
    """
    A model with its optimizer (AdamW) and the moving average of its weights.

    :param model: The model, on its device.
    :param pad_id: What fills up short windows.
    :param recipe: How to train.
    """

    def __init__(self, model: Any, pad_id: int, recipe: Recipe) -> None:
        import torch
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

        self._model = model.train()
        self._average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
        self._optimizer = torch.optim.AdamW(_groups(model, recipe), lr=recipe.learning_rate, fused=True)
        self._pad_id = pad_id
        self._clip = recipe.clip
        self._bf16 = compute_dtype(model.device) == torch.bfloat16

    @property
    def averaged(self) -> Any:
        """The model with the averaged weights."""
        return self._average.module

    def learn(self, batch: Batch, learning_rate: float) -> float:
        """
        Take a step.

        :param batch: What to learn from.
        :param learning_rate: How far to go.
        :returns: The loss before the step: mean cross-entropy of first and last token, in nats.
        """
        import torch

        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate
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
        torch.cuda.set_rng_state_all(state["random_gpu"])

    def _loss(self, batch: Batch) -> "torch.Tensor":
        """Compute the cross-entropy over the tokens that the reader chooses from: the review's, and the first."""
        import torch
        from torch.nn.functional import cross_entropy

        with torch.autocast(self._model.device.type, torch.bfloat16, enabled=self._bf16):
            output = self._model(**self._inputs(batch))
        forbidden = ~self._padded([torch.from_numpy(window.context) for window in batch.windows], False)
        forbidden[:, 0] = False
        losses = [
            cross_entropy(logits.float().masked_fill(forbidden, -torch.inf), torch.from_numpy(tokens).to(logits.device))
            for logits, tokens in ((output.start_logits, batch.starts), (output.end_logits, batch.ends))
        ]
        return torch.stack(losses).mean()

    def _inputs(self, batch: Batch) -> dict[str, "torch.Tensor"]:
        import torch

        ids = [torch.from_numpy(window.ids) for window in batch.windows]
        inputs = {
            "input_ids": self._padded(ids, self._pad_id),
            "attention_mask": self._padded([torch.ones_like(row) for row in ids], 0),
        }
        if getattr(self._model.config, "type_vocab_size", 0) > 1:
            inputs["token_type_ids"] = self._padded([torch.from_numpy(window.type_ids) for window in batch.windows], 0)
        return inputs

    def _padded(self, rows: list["torch.Tensor"], value: float) -> "torch.Tensor":
        from torch.nn.utils.rnn import pad_sequence

        return pad_sequence(rows, batch_first=True, padding_value=value).to(self._model.device)


def _groups(model: Any, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Spare biases and norms the decay (Loshchilov and Hutter, ICLR 2019, as BERT is fine-tuned)."""
    matrices = [weights for weights in model.parameters() if weights.ndim > 1]
    yield {"params": matrices, "weight_decay": recipe.weight_decay}
    yield {"params": [weights for weights in model.parameters() if weights.ndim <= 1], "weight_decay": 0.0}
