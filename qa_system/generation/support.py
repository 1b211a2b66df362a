"""How far a place of a passage supports a sentence: the reader finds an answer there, in the sentence's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from haystack import ExtractedAnswer

from qa_system.generation.words import Word, content, is_denied, words_of
from qa_system.reading.answers import Candidate, extracted

LEAST_REACH = 6
"""Words on each side of an answer that are looked at, for a sentence shorter than this."""
CONTEXT_CHARS = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a sentence says in answer to a question.

    :param keys: The content words that it adds to the question; where it adds none, all that it has.
    :param adds: Whether it adds any.
    :param length: How many words it has.
    :param is_denied: Whether it denies.
    :param answering: The probability that it answers the question, as the reader finds it by itself.
    """

    keys: frozenset[str]
    adds: bool
    length: int
    is_denied: bool
    answering: float

    @classmethod
    def of(cls, sentence: str, question: str, language: str, *, answering: float) -> "Claim":
        """
        Read a sentence.

        :param sentence: The sentence, without citations.
        :param question: What it answers.
        :param language: Decides how words are stemmed.
        :param answering: The probability that it answers the question.
        :returns: What it claims.
        """
        words = words_of(sentence, language)
        keys = content(words)
        added = keys - content(words_of(question, language))
        return cls(added or keys, bool(added), len(words), is_denied(words, 0, len(words) - 1), answering)

    def recall(self, found: frozenset[str]) -> float:
        """
        Tell how much of the claim other words repeat.

        :param found: Content words of another text.
        :returns: The share of its own that are among them. Of a claim that only repeats the question it is all or
            nothing: a single word tells a yes from a no.
        """
        share = len(self.keys & found) / len(self.keys) if self.keys else 0.0
        return share if self.adds or share == 1 else 0.0


@dataclass(frozen=True, slots=True)
class Support:
    """
    A place of a passage that supports a sentence.

    :param number: The passage's, counted from 1.
    :param place: Where.
    :param score: How well, in [0, 1].
    """

    number: int
    place: Candidate
    score: float

    def as_answer(self, query: str) -> ExtractedAnswer:
        """
        Put it into the form of an answer that the reader gave.

        :param query: The question.
        :returns: The span in its passage, with the support as score; `meta` has the number of the `passage` too.
        """
        answer = extracted(query, self.place, score=self.score, context_chars=CONTEXT_CHARS)
        answer.meta["passage"] = self.number
        return answer


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """
    A passage as it was read for a question.

    :param number: Its number, counted from 1.
    :param words: All its words.
    :param answers: What the reader found in it, asked of it alone.
    """

    number: int
    words: Sequence[Word]
    answers: Sequence[ExtractedAnswer]

    def support(self, claim: Claim) -> Support | None:
        """
        Find the place that supports a claim best.

        `support = recall * sqrt(answering)`. `answering` is the geometric mean of two probabilities that the reader
        gives: that the words there answer the question, and that the sentence does, by itself. `recall` is the share of
        the claim's content words (stems, without function words and those of the question) that stand among them, or in
        their sentence as near to them as the claim is long. So a review supports nothing that has the words without
        answering what was asked, such as one that gives orders to whoever reads it, and nothing that answers in other
        words. What is denied does not support what is not, and the reverse.

        :param claim: What a sentence says.
        :returns: The place; None where no answer is near words of the claim.
        """
        found = [support for answer in self.answers if (support := self._at(answer, claim))]
        return max(found, key=lambda support: support.score, default=None)

    def _at(self, answer: ExtractedAnswer, claim: Claim) -> Support | None:
        span = answer.document_offset
        if span is None or answer.document is None:
            return None
        repeated = [place for place in self._near(span, claim.length) if self.words[place].key in claim.keys]
        if not repeated or claim.is_denied != is_denied(self.words, repeated[0], repeated[-1]):
            return None
        recall = claim.recall(content([self.words[place] for place in repeated]))
        start = min(span.start, self.words[repeated[0]].start)
        end = max(span.end, self.words[repeated[-1]].end)
        place = Candidate.trimmed(answer.document, start, end, answer.meta["logit"])
        answering = sqrt(answer.score * claim.answering)
        return Support(self.number, place, recall * sqrt(answering)) if recall else None

    def _near(self, span: ExtractedAnswer.Span, length: int) -> list[int]:
        """Indices of the words of a span, and of as many on each side as the claim has, of the same sentences."""
        inside = [place for place, word in enumerate(self.words) if word.start < span.end and span.start < word.end]
        if not inside:
            return []
        reach = max(length, LEAST_REACH)
        near = range(max(0, inside[0] - reach), min(len(self.words), inside[-1] + reach + 1))
        first, last = self.words[inside[0]].sentence, self.words[inside[-1]].sentence
        return [place for place in near if first <= self.words[place].sentence <= last]


def strongest(found: Sequence[Support], most: int) -> list[Support]:
    """
    Choose the best support, one for each place of a review.

    :param found: In any order.
    :param most: How many to choose at most.
    :returns: Best first. Passages of a review overlap, so that the same words may be found twice.
    """
    chosen: list[Support] = []
    for support in sorted(found, key=lambda support: -support.score):
        if len(chosen) < most and not any(support.place.same_place(other.place) for other in chosen):
            chosen.append(support)
    return chosen
