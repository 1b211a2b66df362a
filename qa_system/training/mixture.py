"""Labelled sources, several at once, as the samples that an epoch of training sees."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from qa_system.errors import SourceError
from qa_system.reading.style import QuestionStyle
from qa_system.records import Question, Rejection
from qa_system.sources import detect_format, read_questions
from qa_system.training.splits import Part, part_of

_STYLES: dict[str, QuestionStyle] = {"subjqa": "opinion"}
# How often a negative is looked for in a group of reviews before it is looked for among all: going through all of them
# each time would take longer than learning from it.
_TRIES = 10

Extent = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """
    Labelled questions to train on.

    :param path: A file or folder of any format with questions and their reviews.
    :param weight: How often an epoch takes each question, on average: 2 for twice, 0.5 for a random half of them.
    :param style: Which kind of answer the annotators marked; None for `opinion` in SubjQA and `plain` elsewhere.
    """

    path: Path
    weight: float = 1.0
    style: QuestionStyle | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """
    A question about a review, with every annotator's judgement.

    :param question: The question as it was asked.
    :param context: The review.
    :param answers: For each annotator the first character of the answer and the one after the last; None for none.
    :param group: What the question is about. Other reviews of the same group make the hardest negatives.
    :param style: Which kind of answer is wanted.
    :param weight: How often an epoch takes it, on average.
    """

    question: str
    context: str
    answers: tuple[Extent | None, ...]
    group: str
    style: QuestionStyle
    weight: float = 1.0

    @property
    def gold(self) -> list[str]:
        """The words that annotators marked; empty where all of them found none."""
        return [self.context[slice(*answer)] for answer in self.answers if answer]


@dataclass(frozen=True, slots=True)
class Sample:
    """
    What the model is shown once.

    :param question: The question.
    :param style: Which kind of answer is wanted.
    :param context: A review.
    :param answer: First character of the answer in it and the one after the last; None for no answer.
    """

    question: str
    style: QuestionStyle
    context: str
    answer: Extent | None


@dataclass(slots=True)
class Mixture:
    """
    The examples of all sources, by part.

    :param train: To learn from.
    :param validation: To choose a model by; none of its reviews is in `train`.
    :param held_out: How many examples were left out because they are for measuring only.
    :param rejections: Rows that were skipped: labels that do not fit their review, questions without a review.
    """

    train: list[Example] = field(default_factory=list)
    validation: list[Example] = field(default_factory=list)
    held_out: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    @classmethod
    def load(cls, sources: Sequence[TrainingSource]) -> "Mixture":
        """
        Read the sources.

        :param sources: The sources.
        :returns: Their examples.
        :raises SourceError: A source cannot be read or has no labelled question with a review; nothing is left to
            train on or to validate with; no question has an answer.
        """
        mixture = cls()
        for source in sources:
            mixture._add(source)
        mixture._check()
        return mixture

    def epoch(self, random: Random, *, negative_share: float) -> list[Sample]:
        """
        Draw the samples of an epoch: one annotator of each question, and some questions with another review.

        :param random: The source of chance, used up in the same way whatever the samples are used for.
        :param negative_share: The share of samples without an answer to add: a question with another review of its
            group, or of any group where that has none. A review with the words of the answer is not taken.
        :returns: The samples, in random order.
        """
        reviews = _by_group(self.train)
        everything = [review for group in reviews.values() for review in group]
        samples = []
        for example in self.train:
            for _ in range(int(example.weight) + (random.random() < example.weight % 1)):
                samples.append(_sample(example, example.context, random.choice(example.answers)))
                if random.random() < negative_share:
                    others = _without_answer(example, (reviews[example.group], everything), random)
                    samples += [_sample(example, review, None) for review in islice(others, 1)]
        random.shuffle(samples)
        return samples

    def _add(self, source: TrainingSource) -> None:
        style = source.style or _STYLES.get(detect_format(source.path), "plain")
        before = len(self.train) + len(self.validation) + self.held_out
        for question in read_questions(source.path, on_reject=self.rejections.append):
            if question.context is None or not question.labels:
                self.rejections.append(Rejection(source.path, 0, f"question {question.id!r} has no review or no label"))
            else:
                self._assign(_example(question, style, source), part_of(question))
        if len(self.train) + len(self.validation) + self.held_out == before:
            raise SourceError(
                f"{source.path} has no labelled question that brings its review along. Training reads SubjQA, SQuAD "
                "JSON, and JSON lines with `question`, `context` and `answers`."
            )

    def _assign(self, example: Example, part: Part) -> None:
        if part == "held_out":
            self.held_out += 1
        else:
            (self.train if part == "train" else self.validation).append(example)

    def _check(self) -> None:
        if not any(example.gold for example in self.train):
            raise SourceError(
                f"there is no answer to learn from: {len(self.train)} questions to train on, none with an answer "
                f"({self.held_out} more are held out, {len(self.rejections)} rows were skipped). Add a source whose "
                "annotators marked answers."
            )
        if not self.validation:
            raise SourceError(
                f"the validation split is empty: of the reviews of {len(self.train)} questions, one in twenty goes "
                "there by its hash, and none did. Add more reviews or another source."
            )


def _by_group(examples: Sequence[Example]) -> dict[str, list[str]]:
    groups: dict[str, dict[str, None]] = defaultdict(dict)
    for example in examples:
        groups[example.group][example.context] = None
    return {group: list(contexts) for group, contexts in groups.items()}


def _without_answer(example: Example, pools: Iterable[Sequence[str]], random: Random) -> Iterator[str]:
    """Leave out reviews with the words of the answer, which may answer too (Karpukhin et al., 2020, section 3.2)."""
    telling = {example.context, *example.gold}
    for pool in pools:
        for review in random.choices(pool, k=_TRIES):
            if not any(words in review for words in telling):
                yield review


def _example(question: Question, style: QuestionStyle, source: TrainingSource) -> Example:
    return Example(
        question=question.text,
        context=question.context or "",
        answers=tuple(_extents(question)),
        group=question.item_id or str(source.path),
        style=style,
        weight=source.weight,
    )


def _extents(question: Question) -> Iterator[Extent | None]:
    for label in question.labels:
        yield None if label.start is None or label.end is None else (label.start, label.end)


def _sample(example: Example, context: str, answer: Extent | None) -> Sample:
    return Sample(example.question, example.style, context, answer)
