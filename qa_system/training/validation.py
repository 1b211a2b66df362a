"""How well a saved model answers the validation questions, read as a user's question is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from haystack import Document
from haystack.utils import ComponentDevice

from qa_system.eval.answers import exact_match, f1
from qa_system.reading.reader import Reader
from qa_system.reading.style import QuestionStyle, style_of
from qa_system.reading.traits import ModelTraits
from qa_system.training.base import save_traits
from qa_system.training.calibration import Judged, by_style, calibrated
from qa_system.training.mixture import Example
from qa_system.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Scores:
    """
    What validating gave, by SQuAD 2's measures (Rajpurkar et al., 2018).

    :param exact: Share of questions answered in the words of an annotator, or rightly not answered.
    :param f1: Mean overlap of words with the annotator that it fits best.
    :param traits: The calibration that the answers were given by.
    """

    exact: float
    f1: float
    traits: ModelTraits

    @property
    def quality(self) -> float:
        """What the best model is chosen by."""
        return self.f1

    @property
    def measures(self) -> dict[str, float]:
        """What the log says of it."""
        return {"exact": self.exact, "f1": self.f1}


class Validator:
    """
    Reads validation questions with a saved model, calibrates it, and scores it.

    :param examples: The questions.
    :param recipe: How the model was trained.
    :param device: Where the model runs.
    """

    def __init__(self, examples: Sequence[Example], recipe: Recipe, *, device: ComponentDevice) -> None:
        self._examples = examples
        self._recipe = recipe
        self._device = device

    def score(self, folder: Path) -> Scores:
        """
        Calibrate a model and score it.

        :param folder: A model that no reader of this process has loaded before; its traits are written.
        :returns: Its scores, with the answers that its calibration lets pass.
        :raises ModelError: It cannot be loaded.
        """
        uncalibrated = ModelTraits(self._recipe.styles, max_seq_length=self._recipe.max_seq_length)
        save_traits(folder, uncalibrated)
        found = list(self._read(folder))
        judged = [
            Judged(style_of(example.question, example.style), logit, bool(example.gold)) for example, _, logit in found
        ]
        pooled = calibrated(judged)
        traits = replace(
            uncalibrated, threshold=pooled.threshold, temperature=pooled.temperature, by_style=by_style(judged)
        )
        save_traits(folder, traits)
        answers = [
            (text if one.logit > traits.calibration(one.style).threshold else "", example.gold)
            for one, (example, text, _) in zip(judged, found, strict=True)
        ]
        exact, overlap = (fmean(measure(*answer) for answer in answers) for measure in (exact_match, f1))
        return Scores(exact, overlap, traits)

    def _read(self, folder: Path) -> Iterator[tuple[Example, str, float]]:
        for style in sorted({example.style for example in self._examples}):
            reader = reader_for(folder, self._recipe, style, self._device)
            asked = [example for example in self._examples if example.style == style]
            found = reader.run_batch(
                [example.question for example in asked],
                [[Document(content=example.context)] for example in asked],
                top_k=1,
                no_answer=False,
            )
            for example, answers in zip(asked, found, strict=True):
                for answer in answers:
                    yield example, answer.data or "", answer.meta["logit"]


def reader_for(folder: Path, recipe: Recipe | None, style: QuestionStyle, device: ComponentDevice) -> Reader:
    """
    Make a reader that reads as a model was trained.

    :param folder: The model.
    :param recipe: How it was trained; None where only the model knows, which reads as it does for its users.
    :param style: Which kind of answer is wanted.
    :param device: Where it runs.
    :returns: The reader, not loaded yet.
    """
    return Reader(
        folder,
        device=device,
        runtime="torch",
        max_seq_length=recipe.max_seq_length if recipe else None,
        stride=recipe.stride if recipe else None,
        question_style=style,
    )
