"""Learning from other readers: how far a student's first and last tokens are from those of its teachers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from haystack.utils import ComponentDevice
from numpy.typing import NDArray

from qa_system.errors import ModelError
from qa_system.inference.hardware import floats
from qa_system.reading.checkpoint import Checkpoint
from qa_system.reading.inference import TorchRuntime
from qa_system.reading.windows import Window
from qa_system.training.base import check_window
from qa_system.training.recipe import Recipe

if TYPE_CHECKING:
    import torch

# Letters with and without case and accents, punctuation, a script without spaces, an emoji: where tokenizers differ.
_PROBE = ("Is it any good?", "Crème BRÛLÉE isn't 汉字, $9.99 (e\u0301) 🎧 un-be-liev-able\n")
_NEVER = -1e9  # infinity times a probability of 0 is no number


class Teachers:
    """
    Readers that a student learns from, all on the same windows.

    :param readers: The readers, which cut text into the same tokens as the student.
    :param temperature: Divides all logits.
    """

    def __init__(self, readers: Sequence[TorchRuntime], *, temperature: float) -> None:
        self._readers = readers
        self._temperature = temperature

    @classmethod
    def load(
        cls, checkpoints: Sequence[Checkpoint], tokenizer: Any, recipe: Recipe, device: ComponentDevice
    ) -> "Teachers":
        """
        Load readers as teachers.

        :param checkpoints: The readers, at least one.
        :param tokenizer: The student's.
        :param recipe: How the student is trained.
        :param device: Where they run.
        :returns: The teachers.
        :raises ModelError: One has other tokens than the student, or cannot be loaded.
        :raises SettingsError: One cannot read windows as long as the student's.
        """
        readers = []
        for checkpoint in checkpoints:
            _check_tokens(checkpoint, tokenizer)
            model = checkpoint.torch_model(floats(device.to_torch())).to(device.to_torch())
            reader = TorchRuntime(model, checkpoint.tokenizer)
            check_window(f"the teacher {checkpoint.name!r}", reader.max_length, recipe.max_seq_length)
            readers.append(reader)
        return cls(readers, temperature=recipe.teacher_temperature)

    def loss(
        self, windows: Sequence[Window], logits: Sequence["torch.Tensor"], forbidden: "torch.Tensor"
    ) -> "torch.Tensor":
        """
        Compare a student with the mean of its teachers (Hinton et al., 2015).

        :param windows: A batch.
        :param logits: The student's, of first and of last tokens, each of shape `(windows, longest window)`.
        :param forbidden: Where no answer can start or end, of the same shape.
        :returns: The mean divergence of the student's distribution over tokens from the teachers', in nats, times the
            square of the temperature, which keeps its gradients as large as those of the labels.
        """
        import torch
        from torch.nn.functional import kl_div

        taught = zip(*(reader.logits(windows) for reader in self._readers), strict=True)
        losses = []
        for own, others in zip(logits, taught, strict=True):
            student = self._softened(own, forbidden).log_softmax(-1)
            losses.append(kl_div(student, self._agreed(others, forbidden), reduction="batchmean"))
        return torch.stack(losses).mean() * self._temperature**2

    def _agreed(self, logits: Sequence[NDArray[Any]], forbidden: "torch.Tensor") -> "torch.Tensor":
        import torch

        each = [self._softened(torch.from_numpy(one).to(forbidden.device), forbidden).softmax(-1) for one in logits]
        return torch.stack(each).mean(0)

    def _softened(self, logits: "torch.Tensor", forbidden: "torch.Tensor") -> "torch.Tensor":
        return (logits / self._temperature).masked_fill(forbidden, _NEVER)


def _check_tokens(teacher: Checkpoint, tokenizer: Any) -> None:
    same_words = teacher.tokenizer.get_vocab() == tokenizer.get_vocab()
    if not same_words or teacher.tokenizer(*_PROBE)["input_ids"] != tokenizer(*_PROBE)["input_ids"]:
        raise ModelError(
            f"the teacher {teacher.name!r} cuts text into other tokens than the base, so it has nothing to say about "
            "the base's. Take a teacher that was trained from a base with the same tokenizer."
        )
