"""The records Haystack has no class for: a labelled question, a rejected row, the result of asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing Haystack loads torch; the records themselves need neither
    from haystack import Document, ExtractedAnswer


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
    """

    review_id: str
    text: str = ""
    start: int | None = None
    end: int | None = None
    relevance: int | None = None

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
    :param meta: What else the data set says: `domain`, `split`, `is_subjective`, `kind`.
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
class Result:
    """
    What asking a question gave.

    :param query: The question.
    :param item_id: The item it was asked about, None for all of them.
    :param answers: Best first. `answer.document` is the whole review, and `answer.document_offset` counts characters in
        it: `answer.document.content[start:end] == answer.data`.
    :param abstained: Whether "the reviews don't say" is more probable than the best answer.
    :param no_answer_score: The probability that the passages do not answer the question, in [0, 1].
    :param passages: What was retrieved, best first. `meta["found_by"]` maps the name of each retriever that found the
        passage to the rank it gave it, counted from 1.
    :param timings: Seconds spent, by stage.
    """

    query: str
    item_id: str | None
    answers: "list[ExtractedAnswer]"
    abstained: bool
    no_answer_score: float
    passages: "list[Document]"
    timings: dict[str, float]
