"""What an epoch of training sees: as much blame as praise, and texts that do both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from qa_system.opinions.labels import NEGATIVE, POSITIVE
from qa_system.training.opinions.material import Material, Statement
from qa_system.training.opinions.recipe import OpinionRecipe
from qa_system.training.opinions.statements import Tagged

T = TypeVar("T")

_JOINTS = (", but ", ", and ", "; ", ", though ", ", ")
_ONE_SENTENCE = 0.6

_ABOUT_SOMETHING = 0.5
"""How often a sentence of which it is not known what it is about is said to be about anything: it still says what it
says, and a question that only means the same must not make it neutral."""


@dataclass(frozen=True, slots=True)
class Sample:
    """
    What the model is shown once.

    :param about: What it is asked about.
    :param text: The text.
    :param polarity: What the text says of it; None where that is not to be learned.
    :param tags: Where the text has aspects; None where that is not to be learned.
    """

    about: str
    text: str
    polarity: int | None
    tags: Tagged | None = None


class Sampler:
    """
    Draws the samples of each epoch.

    :param material: What to draw from.
    :param recipe: How many of each kind.
    """

    def __init__(self, material: Material, recipe: OpinionRecipe) -> None:
        self._material = material
        self._recipe = recipe
        self._abouts = sorted({about for one in material.statements["opinion"] for about in (one.term, one.question)})

    def epoch(self, random: Random) -> list[Sample]:
        """
        Draw the samples of an epoch.

        :param random: The source of chance.
        :returns: The samples, in random order.
        """
        statements, recipe = self._material.statements, self._recipe
        samples = [
            *(Sample("", one.text, one.polarity) for one in balanced(statements["review"], recipe.reviews, random)),
            *(
                Sample(self._anything(random), one.text, one.polarity)
                for one in balanced(statements["sentence"], recipe.sentences, random)
            ),
            *(
                Sample(random.choice(one.abouts), one.text, one.polarity)
                for one in balanced(statements["opinion"], recipe.opinions, random)
            ),
            *contrasts(statements["opinion"], recipe.contrasts, random),
            *(Sample("", one.text, None, one) for one in _drawn(self._material.tagged, recipe.tagged, random)),
        ]
        random.shuffle(samples)
        return samples

    def _anything(self, random: Random) -> str:
        return random.choice(self._abouts) if self._abouts and random.random() < _ABOUT_SOMETHING else ""


def balanced(statements: Sequence[Statement], count: int, random: Random) -> list[Statement]:
    """
    Draw statements, as many of each polarity that there is.

    :param statements: What to draw from.
    :param count: How many to draw, about.
    :param random: The source of chance.
    :returns: The statements; where there are too few of a polarity, some come more than once.
    """
    by_polarity: dict[int, list[Statement]] = {}
    for one in statements:
        by_polarity.setdefault(one.polarity, []).append(one)
    return [one for _, each in sorted(by_polarity.items()) for one in _drawn(each, count // len(by_polarity), random)]


def contrasts(opinions: Sequence[Statement], count: int, random: Random) -> Iterator[Sample]:
    """
    Put a good and a bad opinion together, and ask about one of the two.

    :param opinions: What to draw from.
    :param count: How many to make.
    :param random: The source of chance.
    :returns: The samples; none where all opinions are alike.
    """
    good = [one for one in opinions if one.polarity == POSITIVE]
    bad = [one for one in opinions if one.polarity == NEGATIVE]
    for _ in range(count if good and bad else 0):
        pair = [random.choice(good), random.choice(bad)]
        random.shuffle(pair)
        asked = random.choice(pair)
        if pair[0].term.lower() != pair[1].term.lower():
            yield Sample(random.choice(asked.abouts), _joined(pair, random), asked.polarity)


def _joined(pair: Sequence[Statement], random: Random) -> str:
    """Make one sentence of two where that can be done: people praise and blame in one breath."""
    clauses = all(one.term and one.term in one.phrase.lower() and "…" not in one.phrase for one in pair)
    if clauses and random.random() < _ONE_SENTENCE:
        return random.choice(_JOINTS).join(one.phrase for one in pair) + "."
    return " ".join(one.text for one in pair)


def _drawn(items: Sequence[T], count: int, random: Random) -> list[T]:
    """Draw without putting back, as long as there is something left."""
    rounds, rest = divmod(count, len(items)) if items else (0, 0)
    return [*(one for _ in range(rounds) for one in items), *random.sample(items, rest)]
