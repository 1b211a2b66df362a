"""Texts -> batches that a generator learns from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


@dataclass(frozen=True, slots=True)
class DenoisingBatch:
    """
    Reviews to restore, and to quote from.

    :param inputs: What the encoder reads, `input_ids` and `attention_mask`, shape `(reviews, tokens)`.
    :param targets: What is to be written, with the end token, padded, shape `(reviews, tokens)`.
    :param place_logits: What each is quoted from, as of `MarkedOutput`.
    :param quotes: What is to be written of that, with the end token, padded, shape `(reviews, tokens)`.
    :param tokens: How many there are, padding and quotes left out.
    """

    inputs: dict[str, Tensor]
    targets: Tensor
    place_logits: Tensor
    quotes: Tensor
    tokens: int


@dataclass(frozen=True, slots=True)
class RagBatch:
    """
    Questions to answer.

    :param inputs: What the encoder reads, `input_ids` and `attention_mask`, shape `(questions * passages, tokens)`.
    :param targets: What is to be written, with the end token, padded, shape `(questions, tokens)`.
    :param places: The first and the last token of the answer in each row of `inputs`, the first token of all for none,
        `UNKNOWN` where nobody judged; shape `(questions * passages, 2)`.
    :param scores: Of the passages, shape `(questions, passages)`.
    :param tokens: How many there are, padding left out.
    :param questions: The questions.
    :param vectors: Of the passages, shape `(questions, passages, size)`; empty where no encoder learns along.
    """

    inputs: dict[str, Tensor]
    targets: Tensor
    places: Tensor
    scores: Tensor
    tokens: int
    questions: tuple[str, ...]
    vectors: Tensor


def padded(rows: Iterable[Sequence[int]], pad: int) -> Tensor:
    """
    Arrange tokens in rows.

    :param rows: The rows.
    :param pad: What fills them up.
    :returns: Shape `(rows, tokens)`.
    """
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=pad)


def model_inputs(rows: Iterable[Sequence[int]], pad: int) -> dict[str, Tensor]:
    """
    Arrange tokens as an encoder reads them.

    :param rows: The rows.
    :param pad: What fills them up.
    :returns: `input_ids` and `attention_mask`.
    """
    ids = padded(rows, pad)
    return {"input_ids": ids, "attention_mask": (ids != pad).long()}


def tokens_of(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """
    Turn texts into tokens, without special ones.

    :param tokenizer: The generator's.
    :param texts: The texts.
    :returns: Their tokens.
    """
    return tokenizer(list(texts), add_special_tokens=False)["input_ids"]
