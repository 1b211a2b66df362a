"""Learning to write: reviews are disturbed, and the generator is to restore them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from qa_system.generation.rag_marginal import target_log_probs
from qa_system.reading.windows import batches
from qa_system.training.generator.base import load_generator
from qa_system.training.generator.batches import DenoisingBatch, model_inputs, padded, tokens_of
from qa_system.training.generator.log import Restored
from qa_system.training.generator.noise import Noise
from qa_system.training.generator.recipe import DenoisingRecipe

if TYPE_CHECKING:
    import torch

_SENTENCE_ENDS = (".", "!", "?")


@dataclass(frozen=True, slots=True)
class _Disturbed:
    given: list[int]
    wanted: list[int]

    def __len__(self) -> int:
        return len(self.given) + len(self.wanted)


class Denoising:
    """
    Makes the batches of this stage.

    :param tokenizer: The generator's.
    :param recipe: How reviews are disturbed.
    """

    def __init__(self, tokenizer: Any, recipe: DenoisingRecipe) -> None:
        ends = tokenizer.convert_tokens_to_ids(_SENTENCE_ENDS)
        self._noise = Noise(mask=tokenizer.mask_token_id, ends=ends, masked=recipe.masked, span=recipe.span)
        self._tokenizer = tokenizer
        self._recipe = recipe

    def batches(self, reviews: Sequence[str], random: Random) -> Iterator[DenoisingBatch]:
        """
        Disturb reviews, and batch those of similar length.

        :param reviews: The reviews.
        :param random: Decides how, and the order of the batches.
        :returns: The batches.
        """
        cls, sep = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        disturbed = [
            _Disturbed([cls, *self._noise.disturbed(wanted[:-1], random), sep], wanted)
            for tokens in tokens_of(self._tokenizer, reviews)
            if len(wanted := [*tokens[: self._recipe.max_seq_length - 1], sep]) > 1
        ]
        grouped = list(batches(disturbed, self._recipe.batch_tokens))
        random.shuffle(grouped)
        yield from map(self._batch, grouped)

    def _batch(self, reviews: Sequence[_Disturbed]) -> DenoisingBatch:
        pad = self._tokenizer.pad_token_id
        inputs = model_inputs([one.given for one in reviews], pad)
        return DenoisingBatch(inputs, padded([one.wanted for one in reviews], pad), sum(map(len, reviews)))


class DenoisingLoss:
    """
    Mean cross-entropy of a token of the reviews as they were.

    :param model: The generator, on its device.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, batch: DenoisingBatch) -> "torch.Tensor":
        """
        Compute it.

        :param batch: What to learn from.
        :returns: The loss, in nats, of shape `()`.
        """
        device, targets = self._model.device, batch.targets.to(self._model.device)
        inputs = {name: ids.to(device) for name, ids in batch.inputs.items()}
        written = (targets != self._model.config.pad_token_id).sum()
        return -target_log_probs(self._model, targets, **inputs).sum() / written


class DenoisingValidator:
    """
    Has a saved model restore reviews that it has not learned from, always the same ones disturbed in the same way.

    :param reviews: The reviews.
    :param tokenizer: The generator's.
    :param recipe: How they are disturbed.
    :param device: Where the model runs.
    """

    def __init__(
        self, reviews: Sequence[str], tokenizer: Any, recipe: DenoisingRecipe, *, device: "torch.device"
    ) -> None:
        self._batches = list(Denoising(tokenizer, recipe).batches(reviews, Random(recipe.seed)))
        self._device = device

    def score(self, folder: Path) -> Restored:
        """
        Measure a model.

        :param folder: The model.
        :returns: How well it restores them.
        """
        import torch

        model, _ = load_generator(folder, freeze=True, dropout=0.0, device=self._device)
        loss = DenoisingLoss(model.eval())
        with torch.inference_mode():
            sums = [
                (loss(batch).item(), int((batch.targets != model.config.pad_token_id).sum())) for batch in self._batches
            ]
        return Restored(sum(value * count for value, count in sums) / sum(count for _, count in sums))
