"""What reviewers agree on, as a Haystack component: answers of many reviews in, a consensus out."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict
from haystack.utils import ComponentDevice
from numpy.typing import NDArray

from qa_system.consensus.agreement import MIN_SCORE, agree
from qa_system.consensus.grouping import LEAST_COSINE
from qa_system.dense.encoder import Encoder
from qa_system.dense.model_files import DEFAULT_MODEL as DEFAULT_ENCODER
from qa_system.errors import SettingsError
from qa_system.opinions.model import DEFAULT_MODEL as DEFAULT_OPINIONS
from qa_system.opinions.model import OpinionModel
from qa_system.records import Consensus


@component
class ConsensusBuilder:
    """
    Groups what many reviews answer by who says the same, each review and its copies counted once.

    ```python
    reader = Reader()
    passages = [[review] for review in reviews]
    found = reader.run_batch([question] * len(passages), passages, top_k=1, no_answer=False)
    answers = [answer for of_review in found for answer in of_review]
    consensus = ConsensusBuilder().run(question, answers, reviews)["consensus"]
    ```

    :param model: Tells good opinions from bad ones: name of a bundled model, or a folder.
    :param encoder: Tells which spans state the same fact: see `Encoder`.
    :param min_score: Probability in [0, 1] that a span answers the question from which its reviewer is counted.
    :param least_cosine: Cosine of two spans from which they may state the same fact.
    :param device: Where the models run; by default a GPU if there is one.
    :raises SettingsError: `min_score` or `least_cosine` is out of bounds.
    """

    def __init__(
        self,
        model: str = DEFAULT_OPINIONS,
        *,
        encoder: str = DEFAULT_ENCODER,
        min_score: float = MIN_SCORE,
        least_cosine: float = LEAST_COSINE,
        device: ComponentDevice | None = None,
    ) -> None:
        self.model = str(model)
        self.encoder = encoder
        self.min_score = min_score
        self.least_cosine = least_cosine
        self.device = device
        self._check()

    @component.output_types(consensus=Consensus)
    def run(
        self, query: str, answers: list[ExtractedAnswer], reviews: list[Document] | None = None
    ) -> dict[str, Consensus]:
        """
        Find what reviewers agree on.

        :param query: The question.
        :param answers: What was found in their reviews, the best of each at least, located in the whole review as
            `ReviewLocator` does it. The no-answer is passed over.
        :param reviews: All whole reviews that were read, to count them and to know the copies; None for those of the
            answers.
        :returns: `consensus`.
        :raises ModelError: A model cannot be loaded.
        """
        consensus = agree(
            query,
            answers,
            reviews,
            model=self._opinions,
            encode=self._encode,
            min_score=self.min_score,
            least_cosine=self.least_cosine,
        )
        return {"consensus": consensus}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Its class and parameters.
        """
        return default_to_dict(
            self,
            model=self.model,
            encoder=self.encoder,
            min_score=self.min_score,
            least_cosine=self.least_cosine,
            device=self.device,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ConsensusBuilder":
        """
        Make the component that `to_dict` described.

        :param data: What `to_dict` returned.
        :returns: A component with the same parameters.
        """
        return default_from_dict(cls, data)

    @cached_property
    def _opinions(self) -> OpinionModel:
        return OpinionModel(self.model, device=self.device)

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self.encoder, device=self.device.to_torch_str() if self.device else None)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encoder.encode_passages(texts)

    def _check(self) -> None:
        given = {"min_score": self.min_score, "least_cosine": self.least_cosine}
        wrong = [f"{name} is {value}, it has to be in [0, 1]" for name, value in given.items() if not 0 <= value <= 1]
        if wrong:
            raise SettingsError(f"what reviewers agree on cannot be found like this: {'; '.join(wrong)}.")
