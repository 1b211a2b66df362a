"""An encoder that marks in a passage where it would answer, so that a decoder finds there what to write."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import BertConfig, BertModel
from transformers.modeling_outputs import BaseModelOutput

_MARKS = ("begins", "goes on", "ends")


@dataclass
class MarkedOutput(BaseModelOutput):
    """
    What `MarkingEncoder` gives, besides what every encoder does.

    :param unmarked: The states without marks, shape `(rows, tokens, size)`.
    :param place_logits: For the first and the last token of the answer, float32 of shape `(rows, tokens, 2)`; minus
        infinity where none may stand. The first token, that of the class, stands for no answer. None for inputs
        without `input_ids`, as `unmarked`.
    """

    unmarked: Tensor | None = None
    place_logits: Tensor | None = None


class MarkingEncoder(BertModel):
    """
    BERT that reads a question and a passage, looks where the answer begins and ends as a reader does (Devlin et al.,
    2019, section 4.2), and adds to the state of each token its embedding, so that a decoder finds the word itself
    there, and how likely the answer begins, goes on and ends at it: one learned vector for each (as answer-position
    features do for question generation: Zhou et al., 2017).

    :param config: Its configuration.
    :param separator: The token after each text. Texts after the first are of the second type, whether or not the caller
        says so: the RAG models of transformers never do.
    """

    def __init__(self, config: BertConfig, separator: int) -> None:
        super().__init__(config, add_pooling_layer=False)
        self.separator = separator
        self.places = torch.nn.Linear(config.hidden_size, 2)
        self.marks = torch.nn.Embedding(len(_MARKS), config.hidden_size)
        self.post_init()

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        **options: Any,
    ) -> MarkedOutput:
        """
        Encode.

        :param input_ids: Shape `(rows, tokens)`.
        :param attention_mask: 0 at padding, of the same shape.
        :param token_type_ids: 1 in the passage; None to tell by the separators.
        :param options: What else BERT takes.
        :returns: States of shape `(rows, tokens, size)`, and where the answer would stand.
        """
        if input_ids is None:
            return MarkedOutput(**super().forward(attention_mask=attention_mask, **options))
        if token_type_ids is None:
            token_type_ids = segments(input_ids, self.separator)
        wanted = {"return_dict": True, "output_hidden_states": True}
        encoded = super().forward(input_ids, attention_mask, token_type_ids, **options | wanted)
        states, embedded = encoded.last_hidden_state, encoded.hidden_states[0]
        logits = self._place_logits(states, _may_answer(input_ids, attention_mask, token_type_ids, self.separator))
        unmarked = states + embedded
        marked = self.marked(unmarked, logits)
        return MarkedOutput(marked, encoded.hidden_states, encoded.attentions, unmarked, logits)

    def marked(self, unmarked: Tensor, place_logits: Tensor) -> Tensor:
        """
        Mark an answer.

        :param unmarked: As of `MarkedOutput`.
        :param place_logits: Where it stands, of the same form.
        :returns: States of shape `(rows, tokens, size)`.
        """
        return unmarked + (mark_shares(place_logits) @ self.marks.weight.float()).to(unmarked.dtype)

    def _place_logits(self, states: Tensor, may_answer: Tensor) -> Tensor:
        return self.places(states).float().masked_fill(~may_answer.unsqueeze(-1), -torch.inf)


def segments(input_ids: Tensor, separator: int) -> Tensor:
    """
    Tell the first text from what comes after it.

    :param input_ids: Shape `(rows, tokens)`.
    :param separator: The token after each text, which belongs to it.
    :returns: 0 in the first text and 1 behind it, of the same shape.
    """
    ends = (input_ids == separator).long()
    return (ends.cumsum(-1) - ends).clamp(max=1)


def mark_shares(place_logits: Tensor) -> Tensor:
    """
    Tell how likely the answer begins, goes on and ends at each token, its first and its last taken to be independent.

    :param place_logits: As of `MarkedOutput`.
    :returns: Probabilities, shape `(rows, tokens, 3)`.
    """
    begins, ends = place_logits.softmax(dim=1).unbind(-1)
    goes_on = (begins.cumsum(-1) - ends.cumsum(-1) + ends).clamp(0, 1)
    return torch.stack([begins, goes_on, ends], dim=-1)


def _may_answer(input_ids: Tensor, attention_mask: Tensor | None, segment: Tensor, separator: int) -> Tensor:
    allowed = (segment == 1) & (input_ids != separator)
    if attention_mask is not None:
        allowed &= attention_mask.bool()
    allowed[:, 0] = True
    return allowed
