"""Labelled sources, several at once, as examples to train on, to validate with, and to leave alone."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa_system.errors import SettingsError, SourceError
from qa_system.reading.style import QuestionStyle
from qa_system.records import Question, Rejection
from qa_system.sources import detect_format, read_questions
from qa_system.sources.splits import Part, fingerprint, part_of

_STYLES: dict[str, QuestionStyle] = {"subjqa": "opinion", "store": "opinion"}

Extent = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """
    Labelled questions to train on.

    :param path: A file or folder of any format with questions and their reviews.
    :param weight: How often an epoch takes each question, on average: 2 for twice, 0.5 for a random half of them.
    :param style: Which kind of answer the annotators marked; None for `opinion` in SubjQA and in a store's labels, and
        `plain` elsewhere.
    :param license: The licence of the data as their publisher states it, for the card of the model; None where none is
        stated.
    :raises SettingsError: The weight is no positive number.
    """

    path: Path
    weight: float = 1.0
    style: QuestionStyle | None = None
    license: str | None = None

    def __post_init__(self) -> None:
        """Refuse a weight that would leave the source out, or never end."""
        if not 0 < self.weight < math.inf:
            raise SettingsError(
                f"the weight of {self.path} is {self.weight}, it has to be above 0: 2 takes each question twice an "
                "epoch, 0.5 a random half of them. Leave out a source that shall not be trained on."
            )


@dataclass(frozen=True, slots=True)
class Example:
    """
    A question about a review, with every annotator's judgement.

    :param question: The question as it was asked.
    :param context: The review.
    :param answers: For each annotator the first character of the answer and the one after the last; None for none.
    :param style: Which kind of answer is wanted.
    :param source: Where it was read from.
    :param item_id: The item asked about; None where the source does not say.
    :param weight: How often an epoch takes it, on average.
    """

    question: str
    context: str
    answers: tuple[Extent | None, ...]
    style: QuestionStyle
    source: Path
    item_id: str | None = None
    weight: float = 1.0

    @property
    def group(self) -> str:
        """What the question is about: other reviews of the same group make the hardest negatives."""
        return self.item_id or str(self.source)

    @property
    def gold(self) -> list[str]:
        """The words that annotators marked; empty where all of them found none."""
        return [self.context[slice(*answer)] for answer in self.answers if answer]


@dataclass(slots=True)
class Mixture:
    """
    The examples of all sources, by part.

    :param train: To learn from.
    :param validation: To choose a model by; none of its reviews is in `train`.
    :param held_out: Left out because they are for measuring only, or share their review with one that is.
    :param rejections: Rows that were skipped: labels that do not fit their review, questions without a review.
    :param sources: Where all of them are from.
    """

    train: list[Example] = field(default_factory=list)
    validation: list[Example] = field(default_factory=list)
    held_out: list[Example] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    sources: Sequence[TrainingSource] = ()

    @classmethod
    def load(cls, sources: Sequence[TrainingSource]) -> "Mixture":
        """
        Read the sources.

        :param sources: The sources.
        :returns: Their examples.
        :raises SourceError: A source cannot be read or has no labelled question with a review; nothing is left to
            train on or to validate with; no question has an answer.
        """
        mixture = cls(sources=sources)
        for source in sources:
            mixture._add(source)
        mixture._keep_clear()
        mixture._check()
        return mixture

    def _add(self, source: TrainingSource) -> None:
        style = source.style or _STYLES.get(detect_format(source.path), "plain")
        before = self._count()
        for question in read_questions(source.path, on_reject=self.rejections.append):
            if question.context is None or not question.labels:
                self.rejections.append(Rejection(source.path, 0, f"question {question.id!r} has no review or no label"))
            else:
                self._assign(_example(question, style, source), part_of(question))
        if self._count() == before:
            raise SourceError(
                f"{source.path} has no labelled question that brings its review along. Training reads SubjQA, SQuAD "
                "JSON, JSON lines with `question`, `context` and `answers`, and the labels of a store."
            )

    def _assign(self, example: Example, part: Part) -> None:
        {"train": self.train, "validation": self.validation, "held_out": self.held_out}[part].append(example)

    def _keep_clear(self) -> None:
        """Drop reviews that a test split has too: 13 questions of SubjQA electronics/test have theirs in train."""
        measured = {fingerprint(example.context) for example in self.held_out}
        for part in (self.train, self.validation):
            self.held_out += [example for example in part if fingerprint(example.context) in measured]
            part[:] = [example for example in part if fingerprint(example.context) not in measured]

    def _count(self) -> int:
        return len(self.train) + len(self.validation) + len(self.held_out)

    def _check(self) -> None:
        if not any(example.gold for example in self.train):
            raise SourceError(
                f"there is no answer to learn from: {len(self.train)} questions to train on, none with an answer "
                f"({len(self.held_out)} more are held out, {len(self.rejections)} rows were skipped). Add a source "
                "whose annotators marked answers."
            )
        if not self.validation:
            raise SourceError(
                f"the validation split is empty: of the reviews of {len(self.train)} questions, one in twenty goes "
                "there by its hash, and none did. Add more reviews or another source."
            )


def _example(question: Question, style: QuestionStyle, source: TrainingSource) -> Example:
    return Example(
        question=question.text,
        context=question.context or "",
        answers=tuple(_extents(question)),
        style=style,
        source=source.path,
        item_id=question.item_id,
        weight=source.weight,
    )


def _extents(question: Question) -> Iterator[Extent | None]:
    """Leave out the spaces around an answer: no token holds them, so that none would end where the answer does."""
    for label in question.labels:
        marked = (question.context or "")[label.start or 0 : label.end or 0]
        start = (label.start or 0) + len(marked) - len(marked.lstrip())
        yield (start, start + len(marked.strip())) if marked.strip() else None
