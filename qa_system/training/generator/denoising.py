"""Learning to write: reviews are disturbed, and the generator is to restore them, and to quote from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from transformers.modeling_outputs import BaseModelOutput

from qa_system.generation.rag_marginal import target_log_probs
from qa_system.reading.windows import batches
from qa_system.training.generator.base import load_generator
from qa_system.training.generator.batches import DenoisingBatch, model_inputs, padded, tokens_of
from qa_system.training.generator.locating import NOWHERE, Place
from qa_system.training.generator.log import Restored
from qa_system.training.generator.noise import Noise
from qa_system.training.generator.quoting import marking, place_to_quote
from qa_system.training.generator.recipe import DenoisingRecipe

if TYPE_CHECKING:
    import torch

_SENTENCE_ENDS = (".", "!", "?")


@dataclass(frozen=True, slots=True)
class _Disturbed:
    given: list[int]
    wanted: list[int]
    quoted: Place

    def __len__(self) -> int:
        return len(self.given) + len(self.wanted)

    @property
    def quote(self) -> list[int]:
        """What is marked, with the end token; empty where nothing is."""
        first, last = self.quoted
        return [] if self.quoted == NOWHERE else [*self.given[first : last + 1], self.given[-1]]


class Denoising:
    """
    Makes the batches of this stage.

    :param tokenizer: The generator's.
    :param recipe: How reviews are disturbed.
    """

    def __init__(self, tokenizer: Any, recipe: DenoisingRecipe) -> None:
        ends = tokenizer.convert_tokens_to_ids(_SENTENCE_ENDS)
        self._special = frozenset(tokenizer.all_special_ids)
        self._noise = Noise(mask=tokenizer.mask_token_id, ends=ends, masked=recipe.masked, span=recipe.span)
        self._tokenizer = tokenizer
        self._recipe = recipe

    def batches(self, reviews: Sequence[str], random: Random) -> Iterator[DenoisingBatch]:
        """
        Disturb reviews, mark something in each, and batch those of similar length.

        :param reviews: The reviews.
        :param random: Decides how, what, and the order of the batches.
        :returns: The batches.
        """
        texts = (tokens[: self._recipe.max_seq_length - 1] for tokens in tokens_of(self._tokenizer, reviews))
        disturbed = [self._disturbed(tokens, random) for tokens in texts if tokens]
        grouped = list(batches(disturbed, self._recipe.batch_tokens))
        random.shuffle(grouped)
        yield from (self._batch(group, random) for group in grouped)

    def _disturbed(self, tokens: list[int], random: Random) -> _Disturbed:
        cls, sep = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        given = [cls, *self._noise.disturbed(tokens, random), sep]
        return _Disturbed(given, [*tokens, sep], place_to_quote(given, self._special, random))

    def _batch(self, reviews: Sequence[_Disturbed], random: Random) -> DenoisingBatch:
        pad = self._tokenizer.pad_token_id
        inputs = model_inputs([one.given for one in reviews], pad)
        return DenoisingBatch(
            inputs,
            targets=padded([one.wanted for one in reviews], pad),
            place_logits=marking([one.quoted for one in reviews], inputs["input_ids"].shape[1], random),
            quotes=padded([one.quote or [pad] for one in reviews], pad),
            tokens=sum(map(len, reviews)),
        )


class DenoisingLoss:
    """
    Mean cross-entropy of a token of the reviews as they were, and `quote_weight` times that of a token of a quote.

    :param model: The generator, on its device.
    :param quote_weight: As of `DenoisingRecipe`.
    """

    def __init__(self, model: Any, quote_weight: float) -> None:
        self._model = model
        self._quote_weight = quote_weight

    def __call__(self, batch: DenoisingBatch) -> "torch.Tensor":
        """
        Compute it.

        :param batch: What to learn from.
        :returns: The loss, in nats, of shape `()`.
        """
        device, encoder = self._model.device, self._model.get_encoder()
        inputs = {name: ids.to(device) for name, ids in batch.inputs.items()}
        read, mask = encoder(**inputs), inputs["attention_mask"]
        loss = self._missed(batch.targets.to(device), read.last_hidden_state, mask)
        if not self._quote_weight:
            return loss
        marked = encoder.marked(read.unmarked, batch.place_logits.to(device))
        return loss + self._quote_weight * self._missed(batch.quotes.to(device), marked, mask)

    def _missed(self, targets: "torch.Tensor", states: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        read = {"encoder_outputs": BaseModelOutput(last_hidden_state=states), "attention_mask": mask}
        written = (targets != self._model.config.pad_token_id).sum().clamp_min(1)
        return -target_log_probs(self._model, targets, **read).sum() / written


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
        loss = DenoisingLoss(model.eval(), quote_weight=0.0)
        with torch.inference_mode():
            sums = [
                (loss(batch).item(), int((batch.targets != model.config.pad_token_id).sum())) for batch in self._batches
            ]
        return Restored(sum(value * count for value, count in sums) / sum(count for _, count in sums))
