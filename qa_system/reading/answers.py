"""From spans of characters in passages to answers: one per place of a review, with a snippet around it."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from haystack import Document, ExtractedAnswer


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A span of a passage that may answer the question.

    :param document: The passage.
    :param start: Offset of the first character of the span in the passage.
    :param end: Offset after the last character.
    :param logit: Span against no answer.
    """

    document: Document
    start: int
    end: int
    logit: float

    @classmethod
    def trimmed(cls, document: Document, start: int, end: int, logit: float) -> "Candidate":
        """
        Make a candidate of what a model's tokens cover, without white space at its ends and with whole characters.

        :param document: The passage.
        :param start: Offset of the first character of the first token.
        :param end: Offset after the last character of the last token.
        :param logit: Span against no answer.
        :returns: The candidate.
        """
        text = document.content or ""
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        # Tokenizers that strip accents leave combining marks and variation selectors outside of their tokens.
        while end < len(text) and unicodedata.category(text[end]).startswith("M"):
            end += 1
        return cls(document, start, end, logit)

    @property
    def review_id(self) -> str:
        """The review that the passage is a part of."""
        return str(self.document.meta.get("review_id", self.document.id))

    @property
    def _review(self) -> tuple[object, str]:
        """Shops number the reviews of each item from 1."""
        return self.document.meta.get("item_id"), self.review_id

    @property
    def review_offset(self) -> tuple[int, int]:
        """Where the span lies in the whole review, in characters."""
        passage_offset = self.document.meta.get("split_idx_start", 0)
        return passage_offset + self.start, passage_offset + self.end

    def same_place(self, other: "Candidate") -> bool:
        """
        Say whether two candidates share words of a review, be it through different passages of it.

        :param other: Another candidate.
        :returns: Whether they overlap.
        """
        (start, end), (other_start, other_end) = self.review_offset, other.review_offset
        return self._review == other._review and start < other_end and other_start < end


def best_places(candidates: Iterable[Candidate], top_k: int) -> list[Candidate]:
    """
    Choose the best candidates, one for each place of a review.

    :param candidates: In any order.
    :param top_k: How many to choose at most.
    :returns: Best first; of equals the one that came first.
    """
    chosen: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda candidate: -candidate.logit):
        if len(chosen) == top_k:
            break
        if candidate.start < candidate.end and not any(candidate.same_place(other) for other in chosen):
            chosen.append(candidate)
    return chosen


def extracted(query: str, candidate: Candidate, *, score: float, context_chars: int) -> ExtractedAnswer:
    """
    Make the answer that Haystack knows of a candidate.

    :param query: The question.
    :param candidate: The span that answers it.
    :param score: The probability that it does.
    :param context_chars: Characters of the passage to show on each side of the answer, at most.
    :returns: The answer; its `meta` has `review_id`, `review_offset` and `logit`.
    """
    content = candidate.document.content or ""
    context_start, context_end = _snippet(content, candidate.start, candidate.end, context_chars)
    review_start, review_end = candidate.review_offset
    return ExtractedAnswer(
        query=query,
        score=score,
        data=content[candidate.start : candidate.end],
        document=candidate.document,
        document_offset=ExtractedAnswer.Span(candidate.start, candidate.end),
        context=content[context_start:context_end],
        context_offset=ExtractedAnswer.Span(candidate.start - context_start, candidate.end - context_start),
        meta={
            "review_id": candidate.review_id,
            "review_offset": {"start": review_start, "end": review_end},
            "logit": candidate.logit,
        },
    )


def no_answer(query: str, *, score: float) -> ExtractedAnswer:
    """
    Make the answer that says that there is none.

    :param query: The question.
    :param score: The probability that the passages do not answer it.
    :returns: An answer without data and document.
    """
    return ExtractedAnswer(query=query, score=score)


def _snippet(text: str, start: int, end: int, chars: int) -> tuple[int, int]:
    """Widen a span by at most `chars` characters to each side, ending between words."""
    left, right = max(0, start - chars), min(len(text), end + chars)
    while 0 < left < start and not text[left - 1].isspace():
        left += 1
    while end < right < len(text) and not text[right].isspace():
        right -= 1
    while left < start and text[left].isspace():
        left += 1
    while right > end and text[right - 1].isspace():
        right -= 1
    return left, right
