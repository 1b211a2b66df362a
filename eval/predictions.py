"""What a system answered to a question, beside what annotators marked: all that scoring needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import FiniteFloat

from qa_system.records import Question

if TYPE_CHECKING:  # importing Haystack loads torch; reports need neither
    from qa_system.reviews import ReviewKey

CONTEXT_CHARS = 200
"""Characters of the review that a run keeps on each side of a span."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """
    A review that was retrieved.

    :param item_id: The item it is of.
    :param review_id: The review.
    :param score: The retriever's, larger is better; comparable within one ranking only.
    """

    item_id: str
    review_id: str
    score: FiniteFloat

    @property
    def key(self) -> "ReviewKey":
        """Which review it is."""
        return self.item_id, self.review_id


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An answer that was given.

    :param text: Its words.
    :param score: The probability that it is right, in [0, 1].
    :param item_id: The item that its review is of; None where it was generated.
    :param review_id: The review it is marked in; None where it was generated.
    :param start: Offset of its first character in the review; None where it was generated.
    :param end: Offset after its last character; None where it was generated.
    :param context: For the reader of a report. Of a span: the text before it, the span, the text after it, with up to
        `CONTEXT_CHARS` characters on each side. Of a generated answer: the cited passages.
    :param logit: What a reader made the score of; None where nothing says.
    """

    text: str
    score: FiniteFloat
    item_id: str | None = None
    review_id: str | None = None
    start: int | None = None
    end: int | None = None
    context: tuple[str, ...] = ()
    logit: FiniteFloat | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What a reader made of some reviews.

    :param answers: Best first, also where it abstained: then they are the candidates that lost.
    :param no_answer_score: The probability that the reviews do not answer, in [0, 1].
    :param abstained: Whether "the reviews don't say" was the answer.
    """

    answers: tuple[Answer, ...] = ()
    no_answer_score: FiniteFloat = 1.0
    abstained: bool = True

    @property
    def text(self) -> str:
        """The answer given, empty for an abstention."""
        return "" if self.abstained or not self.answers else self.answers[0].text


@dataclass(frozen=True, slots=True)
class Stand:
    """
    A side that reviewers were said to be on.

    :param stance: As of `qa_system.records.Side`.
    :param quotes: What they say, one for each reviewer, the best first.
    """

    stance: str
    quotes: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """
    What the reviewers of an item were said to agree on.

    :param kind: What the question was taken to ask for, as of `qa_system.records.Consensus`.
    :param sides: The leading one first; none where the reviews don't say.
    :param agreement: The share of the leading side, in [0, 1].
    :param interval: Its 95% interval.
    :param reviews: How many reviews were read.
    :param copies: How many of them were counted with another one.
    :param is_subjective: Whether the question was taken to ask for an opinion, whatever its kind; None where nothing
        says.
    :param stars: The rating of each of the item's reviews that has one, by review id, for a baseline to count.
    """

    kind: str
    sides: tuple[Stand, ...] = ()
    agreement: FiniteFloat = 0.0
    interval: tuple[FiniteFloat, FiniteFloat] = (0.0, 1.0)
    reviews: int = 0
    copies: int = 0
    is_subjective: bool | None = None
    stars: Mapping[str, FiniteFloat] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    What a system made of one question.

    :param question: The question with its labels, whose offsets count in the reviews as stored.
    :param ranking: Reviews retrieved, best first and each once; None where nothing was retrieved.
    :param reading: The answer from what was retrieved (pipeline, generator) or given (reader); None for a retriever.
    :param isolated: A pipeline's reader on the right reviews instead of the retrieved ones; None otherwise.
    :param timings: Seconds by stage: `retrieval`, `reading`, `generation`, `consensus`.
    :param error: Why the question failed; it then scores as an empty ranking and a wrong answer. None where it did not.
    :param consensus: What reviewers were said to agree on; None where that was not asked for.
    """

    question: Question
    ranking: tuple[Ranked, ...] | None = None
    reading: Reading | None = None
    isolated: Reading | None = None
    timings: Mapping[str, FiniteFloat] = field(default_factory=dict)
    error: str | None = None
    consensus: Agreed | None = None
