"""The pros and cons of a product as a Haystack component: its reviews in, a summary out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict
from haystack.utils import ComponentDevice
from numpy.typing import NDArray

from qa_system.aspects.grouping import grouped
from qa_system.aspects.lines import lines_of
from qa_system.aspects.mentions import Opinions, find_mentions
from qa_system.aspects.records import Summary
from qa_system.consensus.copies import originals
from qa_system.dense.encoder import Encoder
from qa_system.dense.model_files import DEFAULT_MODEL as DEFAULT_ENCODER
from qa_system.dense.model_files import weights_of
from qa_system.opinions.model import DEFAULT_MODEL, OpinionModel

VERSION = 2
"""Raised whenever the same reviews would be summed up differently: what is kept is then made anew."""
KNOWN_WORDS = 20_000
"""Words whose vectors are kept: products of a category are spoken of in the same ones."""


@component
class AspectSummarizer:
    """
    Finds what reviewers praise in a product and what they complain about, and counts them.

    ```python
    summary = AspectSummarizer().run(documents=qa.reviews("HP-100"))["summary"]
    for line in summary.cons:
        print(line.aspect, line.complaints.support, line.complaints.quotes[0].data)
    ```

    :param model: As for `OpinionModel`.
    :param encoder: As for `Encoder`; it tells which words mean the same.
    :param device: Where the models run; by default a GPU if there is one.
    :param language: Decides how words are stemmed.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        encoder: str = DEFAULT_ENCODER,
        device: ComponentDevice | None = None,
        language: str = "english",
    ) -> None:
        self.model = str(model)
        self.encoder = encoder
        self.device = device
        self.language = language
        self._opinions: Opinions = OpinionModel(model, device=device)
        self._encoder = Encoder(encoder, device=device.to_torch_str() if device else None)
        self._known: dict[str, NDArray[np.float32]] = {}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Haystack's dictionary form.
        """
        parameters = ("model", "encoder", "device", "language")
        return default_to_dict(self, **{name: getattr(self, name) for name in parameters})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "AspectSummarizer":
        """
        Restore the component.

        :param data: What `to_dict` gave.
        :returns: The component.
        """
        return default_from_dict(cls, data)

    @property
    def fingerprint(self) -> str:
        """
        What a summary depends on besides the reviews.

        :raises ModelError: A model cannot be found.
        """
        return " ".join([str(VERSION), weights_of(self.model), self._encoder.identity.passage_weights, self.language])

    @component.output_types(summary=Summary)
    def run(self, documents: list[Document]) -> dict[str, Summary]:
        """
        Sum up the reviews of one product.

        :param documents: Whole reviews, as `QASystem.reviews` gives them.
        :returns: `summary`. A review that is a copy of another one, or nearly, is counted with it.
        :raises ModelError: A model cannot be loaded.
        """
        texts = [review.content or "" for review in documents]
        distinct = [documents[index] for index, first in enumerate(originals(texts)) if index == first]
        mentions = find_mentions([review.content or "" for review in distinct], self._opinions, language=self.language)
        lines = lines_of(grouped(mentions, self._vectors), distinct)
        item_id = str(documents[0].meta.get("item_id", "")) if documents else ""
        return {"summary": Summary(item_id, lines, len(documents), len(documents) - len(distinct))}

    def _vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        known = self._known
        if unknown := [word for word in dict.fromkeys(words) if word not in known]:
            if len(known) + len(unknown) > KNOWN_WORDS:
                known = {word: known[word] for word in words if word in known}
            known = known | dict(zip(unknown, self._encoder.encode_passages(unknown), strict=True))
            self._known = known
        return np.stack([known[word] for word in words])
