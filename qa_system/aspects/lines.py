"""Groups of mentions -> the lines of a summary: who speaks well and who ill of it, each reviewer once."""

from collections.abc import Iterable, Sequence
from typing import Literal

from haystack import Document, ExtractedAnswer

from qa_system.aspects.grouping import most_used
from qa_system.aspects.mentions import Mention
from qa_system.aspects.records import AspectLine
from qa_system.consensus.agreement import wilson
from qa_system.reading.answers import Candidate, extracted
from qa_system.records import Side

MOST_LINES = 8
"""Lines of praise, of complaint and of both in a summary, at most."""
FEW_REVIEWS = 20
"""From so many reviews on a line needs two reviewers."""
CONTEXT_CHARS = 120
"""Characters shown on each side of a quote, at most."""

Opinion = Literal["positive", "negative", "neutral"]


def lines_of(groups: Iterable[Sequence[Mention]], reviews: Sequence[Document]) -> tuple[AspectLine, ...]:
    """
    Sum up what reviewers say of each side of a product.

    :param groups: The mentions of each side.
    :param reviews: Whole reviews, which the mentions number.
    :returns: The lines that enough reviewers have an opinion on, the most praised or complained of first.
    """
    needed = 2 if len(reviews) >= FEW_REVIEWS else 1
    spoken = [line for group in groups if (line := _line(group, reviews, needed))]
    spoken.sort(key=lambda line: (-line.praise.support - line.complaints.support, line.aspect))
    return _most_of_each(spoken)


def quoted(aspect: str, review: Document, start: int, end: int, score: float) -> ExtractedAnswer:
    """
    Quote a review.

    :param aspect: What it is quoted on.
    :param review: The whole review.
    :param start: Offset of the first character quoted.
    :param end: Offset after the last one.
    :param score: The probability that the reviewer is of the side's opinion there.
    :returns: The quote, in the form of `Result.answers`.
    """
    quote = extracted(aspect, Candidate(review, start, end, logit=0.0), score=score, context_chars=CONTEXT_CHARS)
    del quote.meta["logit"]
    return quote


def _most_of_each(lines: Iterable[AspectLine]) -> tuple[AspectLine, ...]:
    """Keep what is loved from crowding out what is not."""
    kept: list[AspectLine] = []
    counts: dict[int, int] = {}
    for line in lines:
        balance = line.praise.support - line.complaints.support
        kind = (balance > 0) - (balance < 0)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_LINES:
            kept.append(line)
    return tuple(kept)


def _line(group: Sequence[Mention], reviews: Sequence[Document], needed: int) -> AspectLine | None:
    aspect, *terms = most_used(mention.term for mention in group)
    by_review: dict[int, list[Mention]] = {}
    for mention in group:
        by_review.setdefault(mention.review, []).append(mention)
    quotes: dict[Opinion, list[ExtractedAnswer]] = {"positive": [], "negative": [], "neutral": []}
    for number, mentions in by_review.items():
        opinion = _opinion(mentions)
        best = max(mentions, key=lambda mention: _probability(mention, opinion))
        quotes[opinion].append(quoted(aspect, reviews[number], best.start, best.end, _probability(best, opinion)))
    for of_opinion in quotes.values():
        of_opinion.sort(key=lambda quote: -quote.score)
    praise, complaints = Side("positive", quotes["positive"]), Side("negative", quotes["negative"])
    good, judging = praise.support, praise.support + complaints.support
    if judging < needed:
        return None
    return AspectLine(aspect, tuple(terms), praise, complaints, len(by_review), good / judging, wilson(good, judging))


def _opinion(mentions: Sequence[Mention]) -> Opinion:
    """Tell what a reviewer thinks who may speak of it several times; of two equal opinions it is the ill one."""
    sums: dict[Opinion, float] = {
        "negative": sum(mention.negative for mention in mentions),
        "positive": sum(mention.positive for mention in mentions),
        "neutral": sum(mention.neutral for mention in mentions),
    }
    return max(sums, key=lambda opinion: sums[opinion])


def _probability(mention: Mention, opinion: Opinion) -> float:
    return {"positive": mention.positive, "negative": mention.negative, "neutral": mention.neutral}[opinion]
