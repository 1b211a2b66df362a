"""What an opinions model learns from: texts with the polarity of what they say, and texts with their aspects."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Literal, NamedTuple, get_args

from qa_system.errors import SourceError
from qa_system.opinions.labels import NEGATIVE, POSITIVE
from qa_system.records import Question, Rejection
from qa_system.sources import read_questions
from qa_system.sources.splits import Part
from qa_system.training.mixture import TrainingSource
from qa_system.training.opinions.labelling import polarity_of_opinion, polarity_of_sentence
from qa_system.training.opinions.parts import Parts
from qa_system.training.opinions.ratings import RatedReview, polarity_of, rated_reviews
from qa_system.training.opinions.sentences import sentences
from qa_system.training.opinions.statements import (
    Opinion,
    Tagged,
    in_order,
    opinions_of,
    tagged,
)
from qa_system.training.opinions.teacher import WordTeacher

Kind = Literal["review", "sentence", "opinion"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_PARTS: tuple[Part, ...] = get_args(Part)
_LEARNED: tuple[Part, ...] = ("train", "validation")

_LEAST_LETTERS = 12
_MOST_PRAISED = 12_000
"""Reviews of praise whose sentences are looked at: there are ten times as many as of blame."""


class Statement(NamedTuple):
    """
    A text that says something.

    :param text: The text.
    :param polarity: `NEGATIVE`, `NEUTRAL` or `POSITIVE`.
    :param term: What it is about, in a word or two; empty where that is not known.
    :param question: A question that asks for it; empty where that is not known.
    :param phrase: The words that say it; empty where that is not known.
    """

    text: str
    polarity: int
    term: str = ""
    question: str = ""
    phrase: str = ""

    @property
    def abouts(self) -> list[str]:
        """The ways to say what it is about."""
        return [one for one in (self.term, self.question, self.phrase) if one]


@dataclass(slots=True)
class Material:
    """
    What belongs to one part.

    :param statements: By kind: whole reviews and their sentences, and opinions on something.
    :param tagged: Texts with their aspects.
    """

    statements: dict[Kind, list[Statement]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    tagged: list[Tagged] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are, by kind."""
        return {**{kind: len(each) for kind, each in self.statements.items()}, "tagged": len(self.tagged)}

    def texts(self) -> Iterator[str]:
        """
        List the texts.

        :returns: Those of all kinds; a text may come more than once.
        """
        for kind in KINDS:
            yield from (one.text for one in self.statements[kind])
        yield from (one.text for one in self.tagged)


@dataclass(slots=True)
class OpinionSet:
    """
    All of a training's material.

    :param parts: `train` to learn from, `validation` to choose the model by, `held_out` for measuring only.
    :param rejections: Rows that were skipped.
    :param digest: What tells the sources from any others, in hexadecimal. What was inferred from them is left out: the
        last digits of its figures depend on the number of cores.
    """

    parts: dict[Part, Material] = field(default_factory=lambda: {part: Material() for part in _PARTS})
    rejections: list[Rejection] = field(default_factory=list)
    digest: str = ""

    @classmethod
    def load(cls, reviews: Sequence[TrainingSource], sources: Sequence[TrainingSource], *, seed: int) -> "OpinionSet":
        """
        Read all sources, and label what has no label of its own.

        A review has the polarity of its rating. A sentence has that of its review where a linear model of words, which
        learned from the ratings, agrees; it is neutral where its words tell nothing. An opinion has the polarity that
        this model gives to the words that annotators marked, where it is sure.

        :param reviews: Rated reviews.
        :param sources: Labelled questions.
        :param seed: Decides what is left to chance.
        :returns: The material.
        :raises SourceError: A source cannot be read, or nothing is left to learn from or to validate with.
        """
        loaded = cls()
        rated = list(dict.fromkeys(one for source in reviews for one in rated_reviews(source.path)))
        questions = [one for source in sources for one in read_questions(source.path, on_reject=loaded._reject)]
        loaded.digest = blake2b(repr((rated, questions)).encode("utf-8", "replace"), digest_size=16).hexdigest()
        parts = Parts([*(Question("", "", context=one.text) for one in rated), *questions])
        teacher = WordTeacher(_of_train(rated, parts), seed=seed)
        loaded._add_reviews(rated, parts, teacher, seed)
        loaded._add_opinions(list(in_order(opinions_of(questions))), parts, teacher)
        loaded._check()
        return loaded

    def _reject(self, rejection: Rejection) -> None:
        self.rejections.append(rejection)

    def _add_reviews(self, rated: Sequence[RatedReview], parts: Parts, teacher: WordTeacher, seed: int) -> None:
        for one in rated:
            statement = Statement(one.text, polarity_of(one.rating))
            self.parts[parts.of(one.text)].statements["review"].append(statement)
        looked_at = _fewer_praising(rated, seed)
        cut = [(one, one.text[start:end]) for one in looked_at for start, end in sentences(one.text)]
        cut = [(one, text) for one, text in cut if len(text) >= _LEAST_LETTERS]
        for (review, text), odds in zip(cut, teacher.log_odds([text for _, text in cut]), strict=True):
            if (polarity := polarity_of_sentence(odds, polarity_of(review.rating))) is not None:
                self.parts[parts.of(review.text)].statements["sentence"].append(Statement(text, polarity))

    def _add_opinions(self, opinions: Sequence[Opinion], parts: Parts, teacher: WordTeacher) -> None:
        of_phrases, of_sentences = (
            teacher.log_odds(texts) for texts in ([one.phrase for one in opinions], [one.text for one in opinions])
        )
        for one, odds, around in zip(opinions, of_phrases, of_sentences, strict=True):
            if (polarity := polarity_of_opinion(one.phrase, odds, around)) is not None:
                statement = Statement(one.text, polarity, one.term, one.question, one.phrase)
                self.parts[parts.of(one.context)].statements["opinion"].append(statement)
        for text in tagged(opinions):
            self.parts[parts.of(text.text)].tagged.append(text)

    def _check(self) -> None:
        for part in _LEARNED:
            if missing := [kind for kind, count in self.parts[part].counts.items() if not count]:
                raise SourceError(
                    f"there is nothing of the kind {', '.join(missing)} for {part}: it takes rated reviews, "
                    "their sentences, opinions and texts with aspects. Add rated reviews and labelled questions; one "
                    "text in twenty is for validation, by its hash."
                )


def balance(statements: Sequence[Statement]) -> Mapping[int, int]:
    """
    Count statements by polarity.

    :param statements: The statements.
    :returns: How many there are of each.
    """
    return Counter(one.polarity for one in statements)


def _of_train(rated: Sequence[RatedReview], parts: Parts) -> list[RatedReview]:
    train = [one for one in rated if parts.of(one.text) == "train"]
    found = {polarity_of(one.rating) for one in train}
    if not {NEGATIVE, POSITIVE} <= found:
        raise SourceError(
            f"of the {len(train)} rated reviews to learn from, none {'praises' if NEGATIVE in found else 'blames'}: "
            "it takes some with up to two stars and some with four or five. Add rated reviews."
        )
    return train


def _fewer_praising(rated: Sequence[RatedReview], seed: int) -> list[RatedReview]:
    praising = [one for one in rated if polarity_of(one.rating) == POSITIVE]
    kept = Random(seed).sample(praising, min(len(praising), _MOST_PRAISED))
    return [*(one for one in rated if polarity_of(one.rating) != POSITIVE), *kept]
