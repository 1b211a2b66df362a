"""What an epoch of training sees: one annotator of each question, and questions put to reviews that do not answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from qa_system.reading.style import QuestionStyle
from qa_system.training.mixture import Example, Extent
from qa_system.training.neighbours import Neighbours
from qa_system.training.recipe import Recipe

# How often a negative is looked for in a pool of reviews before the next pool is tried: going through all reviews each
# time would take longer than learning from one.
_TRIES = 10


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


class Sampler:
    """
    Draws the samples of each epoch.

    :param examples: What to draw from.
    :param recipe: How many negatives there shall be, and where they are looked for.
    """

    def __init__(self, examples: Sequence[Example], recipe: Recipe) -> None:
        self._examples = examples
        self._negative_share = recipe.negative_share
        self._reviews = _by_group(examples)
        self._everything = [review for group in self._reviews.values() for review in group]
        self._neighbours = Neighbours(self._reviews) if recipe.negatives == "bm25" else None

    def epoch(self, random: Random) -> list[Sample]:
        """
        Draw the samples of an epoch.

        :param random: The source of chance.
        :returns: The samples, in random order.
        """
        samples = []
        for example in self._examples:
            for _ in range(int(example.weight) + (random.random() < example.weight % 1)):
                samples.append(_sample(example, example.context, random.choice(example.answers)))
                if random.random() < self._negative_share:
                    others = _without_answer(example, self._pools(example), random)
                    samples += [_sample(example, review, None) for review in islice(others, 1)]
        random.shuffle(samples)
        return samples

    def _pools(self, example: Example) -> Iterator[Sequence[str]]:
        """List the reviews that a negative may be, the likeliest to mislead first."""
        if self._neighbours and (nearest := self._neighbours.of(example.question, example.group)):
            yield nearest
        yield self._reviews[example.group]
        yield self._everything


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


def _sample(example: Example, context: str, answer: Extent | None) -> Sample:
    return Sample(example.question, example.style, context, answer)
