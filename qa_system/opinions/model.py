"""What a text thinks of something, and what of a product it speaks of: a small model with two heads."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from haystack.utils import ComponentDevice
from numpy.typing import NDArray

from qa_system.opinions.decoding import Aspect, aspects, polarity
from qa_system.opinions.labels import NEGATIVE, NEUTRAL, OPINIONS, POSITIVE
from qa_system.reading.inference import Runtime
from qa_system.reading.runtime import load_runtime
from qa_system.reading.windows import Window, WindowCutter, batches
from qa_system.settings import RuntimeName

__all__ = ["DEFAULT_MODEL", "NEGATIVE", "NEUTRAL", "POSITIVE", "Aspect", "OpinionModel"]

DEFAULT_MODEL = "minilm-review-opinions"

_LONGEST_WINDOW = 128  # of models that do not say
_SHARED_TOKENS = 16
_TOGETHER = 2048

Pair = tuple[str, str]


class _Tokens(NamedTuple):
    """What the model makes of a text: where its tokens are, and their logits, of shape `(tokens, labels)`."""

    offsets: list[tuple[int, int]]
    logits: NDArray[np.float32]


class OpinionModel:
    """
    Tells good opinions from bad ones, and finds what they are about. Safe to use from several threads; models of one
    name share their weights.

    ```python
    model = OpinionModel()
    model.polarities([("bass", "Weak bass, but great treble."), ("treble", "Weak bass, but great treble.")])
    model.aspects(["Weak bass, but great treble."])
    ```

    :param model: Name of a bundled model, or a folder that `qa train opinions` made.
    :param device: Where the model runs; by default a GPU if there is one.
    :param runtime: What runs it, as of `Reader`: by default ONNX Runtime in 8-bit integers on a CPU, else PyTorch.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        device: ComponentDevice | None = None,
        runtime: RuntimeName = "auto",
    ) -> None:
        self.model = str(model)
        self.device = device
        self.runtime = runtime
        self._loaded: tuple[Runtime, WindowCutter] | None = None

    def warm_up(self) -> None:
        """
        Load the model; later calls do nothing.

        :raises ModelError: It cannot be loaded.
        """
        self._load()

    @property
    def temperature(self) -> float:
        """What logits of polarities are divided by, so that probabilities come true; the model is loaded to tell."""
        return self._load()[0].traits.temperature

    def polarities(self, pairs: Sequence[Pair]) -> NDArray[np.float32]:
        """
        Judge what texts say of something.

        :param pairs: What it is about (an aspect, a span or a question; empty for the text as a whole), and a text.
        :returns: The probabilities of `NEGATIVE`, `NEUTRAL` and `POSITIVE`, of shape `(pairs, 3)`; rows sum to 1. A
            text without words is neutral.
        :raises ModelError: The model cannot be loaded.
        """
        temperature = self.temperature
        rows = [polarity(text.logits, temperature=temperature) for text in self._read(pairs)]
        return np.array(rows, dtype=np.float32).reshape(-1, POSITIVE + 1)

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        """
        Find what texts speak of.

        :param texts: Sentences or whole reviews.
        :returns: The aspects of each text, in the order of the text.
        :raises ModelError: The model cannot be loaded.
        """
        read = self._read([("", text) for text in texts])
        return [aspects(text, tokens.offsets, tokens.logits) for text, tokens in zip(texts, read, strict=True)]

    def _read(self, pairs: Sequence[Pair]) -> Iterator[_Tokens]:
        """Run the model on the pairs, so many at a time that their windows take little memory."""
        runtime, cutter = self._load()
        for start in range(0, len(pairs), _TOGETHER):
            some = pairs[start : start + _TOGETHER]
            windows = cutter.windows([(cutter.beginning(about), text) for about, text in some])
            yield from _by_pair(len(some), _logits(runtime, windows))

    def _load(self) -> tuple[Runtime, WindowCutter]:
        if self._loaded is None:
            device = ComponentDevice.resolve_device(self.device).to_torch()
            runtime = load_runtime(self.model, device=device, token=None, runtime=self.runtime, task=OPINIONS)
            longest = min(runtime.traits.max_seq_length or _LONGEST_WINDOW, runtime.max_length)
            stride = min(_SHARED_TOKENS, longest // 4)
            self._loaded = runtime, WindowCutter(runtime.tokenizer, max_seq_length=longest, stride=stride)
        return self._loaded


def _logits(runtime: Runtime, windows: Sequence[Window]) -> Iterator[tuple[Window, NDArray[np.float32]]]:
    """Give each window with what the model makes of its tokens, in any order."""
    grouped = list(batches(windows, runtime.batch_tokens))
    for group, (logits,) in zip(grouped, runtime.logits_of_each(grouped), strict=True):
        yield from zip(group, logits, strict=True)


def _by_pair(pairs: int, read: Iterable[tuple[Window, NDArray[np.float32]]]) -> list[_Tokens]:
    """Put the tokens of the texts together; what the texts are about is left out."""
    parts: list[list[tuple[Window, NDArray[np.float32]]]] = [[] for _ in range(pairs)]
    for window, logits in read:
        parts[window.pair].append((window, logits))
    return [_tokens(each) for each in parts]


def _tokens(parts: Sequence[tuple[Window, NDArray[np.float32]]]) -> _Tokens:
    offsets = [window.offsets[window.context] for window, _ in parts]
    logits = [each[: len(window)][window.context] for window, each in parts]
    places = [(int(start), int(end)) for start, end in np.concatenate(offsets)]
    return _Tokens(places, np.concatenate(logits))
