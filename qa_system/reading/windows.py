"""Pairs of question and passage, cut into windows of tokens that the model can read, and batches of these."""

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from haystack import logging
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

logger = logging.getLogger(__name__)

Long = TypeVar("Long", bound=Sized)


@dataclass(frozen=True, slots=True)
class Window:
    """
    A question with as much of a passage as fits, in tokens.

    :param pair: Index of the pair of question and passage it was cut from.
    :param ids: Token ids, shape `(tokens,)`.
    :param type_ids: 0 for the question and 1 for the passage in models that tell them apart, shape `(tokens,)`.
    :param offsets: First character and the one after the last, of each token in its own text, shape `(tokens, 2)`.
    :param context: True for the tokens of the passage, shape `(tokens,)`.
    """

    pair: int
    ids: NDArray[np.int64]
    type_ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    context: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


class WindowCutter:
    """
    Cuts pairs of question and passage into overlapping windows. Safe to use from several threads.

    :param tokenizer: A tokenizer that neither truncates nor pads; it is not changed.
    :param max_seq_length: Tokens in a window, at most, special ones included.
    :param stride: Tokens of the passage that two neighbouring windows share. At most half of `max_seq_length`: the
        question takes at most a quarter, so there is always room for new tokens.
    """

    def __init__(self, tokenizer: "Tokenizer", *, max_seq_length: int, stride: int) -> None:
        # Truncation is a state of the tokenizer: changing it on a shared one at each call would break other threads.
        self._plain = tokenizer
        self._cutting = type(tokenizer).from_str(tokenizer.to_str())
        self._cutting.enable_truncation(max_seq_length, stride=stride, strategy="only_second")
        self._max_question_tokens = max_seq_length // 4

    def shorten(self, question: str) -> str:
        """
        Cut a question that would leave too little room for the passage, with a warning.

        :param question: The question.
        :returns: Its beginning, as many words as fit in a quarter of a window.
        """
        offsets = self._offsets(question)
        if len(offsets) <= self._max_question_tokens:
            return question
        logger.warning(
            "The question has {found} tokens; the reader reads the first {limit} of them.",
            found=len(offsets),
            limit=self._max_question_tokens,
        )
        return self.beginning(question)

    def beginning(self, question: str) -> str:
        """
        Do as `shorten`, without a warning.

        :param question: The question.
        :returns: Its beginning, as many words as fit in a quarter of a window.
        """
        offsets = self._offsets(question)[: self._max_question_tokens]
        return question[: offsets[-1][1]] if len(offsets) == self._max_question_tokens else question

    def _offsets(self, text: str) -> list[tuple[int, int]]:
        return self._plain.encode(_encodable(text), add_special_tokens=False).offsets

    def windows(self, pairs: Sequence[tuple[str, str]]) -> list[Window]:
        """
        Cut pairs into windows that cover every passage.

        :param pairs: Questions, shortened, each with a passage.
        :returns: The windows of all pairs, in order.
        """
        encodings = self._cutting.encode_batch([(_encodable(question), _encodable(text)) for question, text in pairs])
        return [
            _window(pair, encoding) for pair, first in enumerate(encodings) for encoding in (first, *first.overflowing)
        ]


def batches(windows: Sequence[Long], max_tokens: int) -> Iterator[list[Long]]:
    """
    Group windows, or whatever else has tokens, by similar length, so that little of a batch is padding.

    :param windows: The windows, in any order.
    :param max_tokens: Tokens in a batch, at most, padding included; a longer window makes a batch of its own.
    :returns: The batches, longest windows first.
    """
    waiting = sorted(windows, key=len, reverse=True)
    start = 0
    while start < len(waiting):
        size = max(1, max_tokens // len(waiting[start]))
        yield waiting[start : start + size]
        start += size


def _window(pair: int, encoding: "Encoding") -> Window:
    return Window(
        pair=pair,
        ids=np.array(encoding.ids),
        type_ids=np.array(encoding.type_ids),
        offsets=np.array(encoding.offsets),
        context=np.array([sequence == 1 for sequence in encoding.sequence_ids]),
    )


def _encodable(text: str) -> str:
    """Replace lone surrogates, which tokenizers refuse, by question marks: one character each, so offsets hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
