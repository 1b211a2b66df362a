"""The records Haystack has no class for: a labelled question, a rejected row, the result of asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:  # importing Haystack loads torch; the records themselves need neither
    from haystack import Document, ExtractedAnswer, GeneratedAnswer


PASSAGE_FIELDS = frozenset({"split_id", "split_idx_start", "fingerprint", "source", "found_by"})
"""Metadata that belong to a stored passage, not to the review it was cut from."""


@dataclass(frozen=True, slots=True)
class Label:
    """
    One annotator's judgement of one question on one review.

    :param review_id: The review judged.
    :param text: The words marked as the answer, empty where the annotator found none.
    :param start: Offset of the first character of `text` in the review, in characters; None where there is no answer.
    :param end: Offset after the last character of `text`; None where there is no answer.
    :param relevance: Graded relevance of the review, where the data set judges reviews instead of marking answers; 0
        and less is not relevant.
    :param side: Where the reviewer stands on the question, where the data set says: one of `Stance`, or of a question
        of fact a key that is equal for reviews that state the same fact.
    """

    review_id: str
    text: str = ""
    start: int | None = None
    end: int | None = None
    relevance: int | None = None
    side: str | None = None

    @property
    def has_answer(self) -> bool:
        """Whether the annotator found an answer in the review."""
        return self.start is not None

    @property
    def is_relevant(self) -> bool:
        """Whether the review should be found for the question."""
        return self.has_answer or (self.relevance or 0) > 0


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question about an item, with what annotators marked in its reviews.

    :param id: Identifies the question in its data set.
    :param text: The question as a shopper would ask it.
    :param item_id: The item asked about; None where the data set does not say.
    :param labels: Every annotator's judgement; empty where the question is not labelled.
    :param context: The review that the offsets of all labels point into, as the source has it, before cleaning. None
        where the labels name reviews of a store instead (several reviews may answer one question).
    :param meta: What else the data set says: `domain`, `split`, `is_subjective`, `judged_subjective`, `kind`, and
        `favourable`, which of `yes` and `no` speaks for the item ("Does it break easily?").
    """

    id: str
    text: str
    item_id: str | None = None
    labels: tuple[Label, ...] = ()
    context: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_answerable(self) -> bool:
        """Whether any annotator found an answer."""
        return any(label.has_answer for label in self.labels)


Verdict = Literal["right", "wrong", "marked", "absent"]
"""
What was judged: the span that was shown answers (`right`) or does not (`wrong`), this span does (`marked`), or nothing
in the review does (`absent`).
"""
VERDICTS: tuple[str, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class StoredLabel:
    """
    A judgement that a store keeps beside its reviews: of a person who uses the system, or of a data set's annotator.

    :param id: Made of what is judged and by whom, so that a judgement of the same span by the same origin replaces it.
    :param question: The question, in words.
    :param item_id: The item asked about.
    :param review_id: The review judged.
    :param verdict: The judgement.
    :param text: The words judged; empty for `absent`.
    :param start: Offset of the first character of `text` in the review as stored, in characters; None for `absent`.
    :param end: Offset after its last character; None for `absent`.
    :param origin: Who judged: `person`, or whatever the application calls one; or the source of a data set.
    :param time: When it was stored, ISO 8601 in UTC.
    :param split: The split of the data set that it is of; None where there is none.
    :param review_digest: Digest of the review's whole text as it was judged, of an `absent` one, which keeps no words;
        None where it is not known.
    """

    id: str
    question: str
    item_id: str
    review_id: str
    verdict: Verdict
    text: str = ""
    start: int | None = None
    end: int | None = None
    origin: str = "person"
    time: str = ""
    split: str | None = None
    review_digest: str | None = None

    @property
    def review_key(self) -> tuple[str, str]:
        """Which review it judges: item id and review id."""
        return self.item_id, self.review_id

    @property
    def label(self) -> Label:
        """The label that it gives its question; that of a `wrong` one tells where the answer is not."""
        return Label(self.review_id, self.text, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Rejection:
    """
    A row of a source that could not be read.

    :param path: The file.
    :param line: The line the row starts on, counted from 1; for Parquet the row's number.
    :param reason: What is wrong with it.
    """

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """
    A sentence that a generator wrote, and what the reviews say for it.

    :param text: The sentence, without its citations.
    :param citations: The passages that support it well enough, by number, counted from 1 as in `Result.passages`; where
        none does, those that the generator named and that exist.
    :param support: How well the best of `spans` supports it, in [0, 1]; 0 without any. docs/generation.md defines it.
    :param spans: The places of reviews that support it, best first, each with its support as score; in the form of
        `Result.answers`.
    :param is_withheld: Whether that is too little support, so that the sentence is no part of the answer.
    """

    text: str
    citations: tuple[int, ...]
    support: float
    spans: "list[ExtractedAnswer]"
    is_withheld: bool


QuestionKind = Literal["yes/no", "opinion", "factual"]
"""What a question asks for: whether something is so, what people think of it, or what is the case."""
QUESTION_KINDS: tuple[str, ...] = get_args(QuestionKind)

Stance = Literal["yes", "no", "positive", "negative", "neutral", ""]
"""
Where a side stands: for `yes` or `no` on a yes/no question, of good or bad opinion on another one, or in between. Empty
where sides differ in what they state, as on a question of fact.
"""


@dataclass(frozen=True, slots=True)
class Side:
    """
    Reviewers who say the same, each counted once.

    :param stance: Where they stand.
    :param quotes: What they say, the best quote first: one for each reviewer, in the form of `Result.answers`.
    """

    stance: Stance
    quotes: "list[ExtractedAnswer]"

    @property
    def support(self) -> int:
        """How many reviewers say it."""
        return len(self.quotes)


@dataclass(frozen=True, slots=True)
class Consensus:
    """
    What the reviewers of an item say to a question, and how far they agree.

    :param kind: What the question asks for.
    :param sides: Who says the same, the most reviewers first; none where the reviews don't say.
    :param agreement: The share of the leading side among the reviewers who say something, in [0, 1]; 0 without any.
    :param interval: The 95% Wilson score interval of `agreement` (Wilson, 1927): 2 of 2 is not 40 of 40.
    :param reviews: How many reviews of the item were read.
    :param copies: How many of them were copies of another one, or nearly, and were counted with it.
    """

    kind: QuestionKind
    sides: tuple[Side, ...]
    agreement: float
    interval: tuple[float, float]
    reviews: int
    copies: int

    @property
    def leading(self) -> Side | None:
        """The side that most reviewers are on; None where the reviews don't say."""
        return self.sides[0] if self.sides else None

    @property
    def speaking(self) -> int:
        """How many reviewers say something to the question."""
        return sum(side.support for side in self.sides)


@dataclass(frozen=True, slots=True)
class Result:
    """
    What asking a question gave.

    :param query: The question.
    :param item_id: The item it was asked about, None for all of them.
    :param answers: Best first. `answer.document` is the whole review, and `answer.document_offset` counts characters in
        it: `answer.document.content[start:end] == answer.data`.
    :param abstained: Whether "the reviews don't say" is more probable than the best answer; of generated answers,
        whether nothing is left of them.
    :param no_answer_score: The probability that the passages do not answer the question, in [0, 1].
    :param passages: What was retrieved, best first. `meta["found_by"]` maps the name of each retriever that found the
        passage to the rank it gave it, counted from 1.
    :param timings: Seconds spent, by stage.
    :param generated: What a generator wrote, checked, best first; `answers` is empty then. `data` is what is left of
        it, with citations such as `[2]`, and `meta["sentences"]` has every `Sentence` of it, withheld ones too.
    :param consensus: What reviewers agree on, where it was asked for.
    """

    query: str
    item_id: str | None
    answers: "list[ExtractedAnswer]"
    abstained: bool
    no_answer_score: float
    passages: "list[Document]"
    timings: dict[str, float]
    generated: "list[GeneratedAnswer]" = field(default_factory=list)
    consensus: Consensus | None = None
