"""The records of what many reviewers say: a summary and its lines, a row of facts, an item that was found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa_system.records import Consensus, Side

if TYPE_CHECKING:  # importing Haystack loads torch; the records themselves need neither
    from haystack import ExtractedAnswer


@dataclass(frozen=True, slots=True)
class AspectLine:
    """
    What the reviewers of an item say of one side of it, such as its battery.

    :param aspect: What they speak of, in the words that most of them use.
    :param terms: Their other words for it, the most used first.
    :param praise: Who speaks well of it, each reviewer once; `stance` is `positive`.
    :param complaints: Who speaks ill of it; `stance` is `negative`.
    :param mentions: How many reviewers speak of it at all, those without an opinion too.
    :param share: The share of praise among praise and complaints, in [0, 1].
    :param interval: The 95% Wilson score interval of `share`.
    """

    aspect: str
    terms: tuple[str, ...]
    praise: Side
    complaints: Side
    mentions: int
    share: float
    interval: tuple[float, float]

    @property
    def leading(self) -> Side:
        """The side that more reviewers are on; praise where they are as many."""
        return max(self.praise, self.complaints, key=lambda side: side.support)


@dataclass(frozen=True, slots=True)
class Summary:
    """
    What reviewers praise in an item, and what they complain about.

    :param item_id: The item.
    :param lines: What they speak of, the most praised or complained of first; what too few of them have an
        opinion on is left out.
    :param reviews: How many reviews the item has.
    :param copies: How many of them are copies of another one, or nearly, and were counted with it.
    """

    item_id: str
    lines: tuple[AspectLine, ...]
    reviews: int
    copies: int

    @property
    def pros(self) -> tuple[AspectLine, ...]:
        """What more reviewers praise than complain about, the most praised first."""
        lines = [line for line in self.lines if line.praise.support > line.complaints.support]
        return tuple(sorted(lines, key=lambda line: -line.praise.support))

    @property
    def cons(self) -> tuple[AspectLine, ...]:
        """What more reviewers complain about than praise, the most complained of first."""
        lines = [line for line in self.lines if line.complaints.support > line.praise.support]
        return tuple(sorted(lines, key=lambda line: -line.complaints.support))

    @property
    def divided(self) -> tuple[AspectLine, ...]:
        """What as many praise as complain about."""
        return tuple(line for line in self.lines if line.praise.support == line.complaints.support)


@dataclass(frozen=True, slots=True)
class FactRow:
    """
    What the reviewers of an item state when asked one question: a row of a table of facts.

    :param item_id: The item.
    :param question: The question.
    :param answer: What most of them state, in their words, or `yes` or `no`; empty where the reviews don't say.
    :param consensus: Who states it, and who states something else.
    """

    item_id: str
    question: str
    answer: str
    consensus: Consensus

    @property
    def quote(self) -> "ExtractedAnswer | None":
        """The best place of a review that states it; None where the reviews don't say."""
        leading = self.consensus.leading
        return leading.quotes[0] if leading and leading.quotes else None


@dataclass(frozen=True, slots=True)
class FoundItem:
    """
    An item, and how many of its reviewers say that it is what was looked for.

    :param item_id: The item.
    :param supporting: Who says so, the best quote first.
    :param opposing: Who says that it is not.
    :param score: The lower end of `interval`, by which items are ranked: 2 of 2 stand below 40 of 41.
    :param interval: The 95% Wilson score interval of the share of `supporting` among both sides.
    :param reviews: How many reviews the item has.
    """

    item_id: str
    supporting: Side
    opposing: Side
    score: float
    interval: tuple[float, float]
    reviews: int
