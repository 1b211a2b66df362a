"""The polarity of documents as a Haystack component."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from haystack import Document, component
from haystack.utils import ComponentDevice

from qa_system.opinions.labels import LABELS, POSITIVE
from qa_system.opinions.model import DEFAULT_MODEL, OpinionModel


@component
class PolarityClassifier:
    """
    Tells of documents whether they praise or blame.

    ```python
    classifier = PolarityClassifier()
    classifier.run([Document(content="The bass is weak.")])["documents"][0].meta["polarity"]  # negative: 0.9, …
    ```

    :param model: Name of a bundled model, or a folder that `qa train opinions` made.
    :param device: Where the model runs; by default a GPU if there is one.
    """

    def __init__(self, model: str | Path = DEFAULT_MODEL, *, device: ComponentDevice | None = None) -> None:
        self.model = str(model)
        self.device = device
        self._opinions = OpinionModel(model, device=device)

    def warm_up(self) -> None:
        """
        Load the model; later calls do nothing.

        :raises ModelError: It cannot be loaded.
        """
        self._opinions.warm_up()

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document], about: str = "") -> dict[str, Any]:
        """
        Judge documents.

        :param documents: The documents; they are not changed. One without text is neutral.
        :param about: What they are to be judged on: an aspect or a question; empty for each as a whole.
        :returns: `documents`, in the same order, with `meta["polarity"]`: the probabilities of `negative`, `neutral`
            and `positive`.
        :raises ModelError: The model cannot be loaded.
        """
        found = self._opinions.polarities([(about, document.content or "") for document in documents])
        judged = [
            replace(document, meta={**document.meta, "polarity": dict(zip(_NAMES, map(float, row), strict=True))})
            for document, row in zip(documents, found, strict=True)
        ]
        return {"documents": judged}


_NAMES = tuple(label.lower() for label in LABELS[: POSITIVE + 1])
