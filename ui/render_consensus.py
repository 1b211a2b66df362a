"""
What the page shows of what reviewers agree on, as HTML. Pure, as `render` is.

Sides are told apart by words and patterns, not by colour alone, and the bar is told in words to those who don't see it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa_system import stance_words, verdict
from qa_system.ui.render import escaped, folded, heading, review_in_place, source_line
from qa_system.ui.words import copies_in_words, counted

if TYPE_CHECKING:  # importing Haystack loads torch
    from haystack import ExtractedAnswer

    from qa_system import Consensus, Side

TITLE = "What reviewers agree on"
NOTHING_COUNTED = "No reviewer says it clearly enough to be counted."
"""Single answers may stand below, likely ones or none: what the reviews don't say is told there."""
QUOTES = 2
"""Quotes of a side that are shown without asking for more."""
MORE_QUOTES = 20
"""Those that open below them, at most: each brings its whole review."""
SIDES = 4
"""Sides that are shown without asking for more: facts may have many."""
AROUND = 90
"""Characters of a review around a quote, to each side."""

_FILLS = {"yes": "for", "positive": "for", "no": "against", "negative": "against", "neutral": "between"}


def waiting(title: str = TITLE) -> str:
    """
    Keep a place for a consensus that is not found yet.

    :param title: What stands over it.
    :returns: HTML, about as high as what comes.
    """
    said = "Asking all reviewers …"
    return f'<section class="qa-consensus qa-waiting" role="status">{heading(title)}<p>{said}</p></section>'


def consensus_card(consensus: "Consensus", title: str = TITLE) -> str:
    """
    Show what reviewers agree on, how sure that is, and each side in its own words.

    :param consensus: The consensus; its quotes are located in whole reviews.
    :param title: What stands over it.
    :returns: HTML.
    """
    body = _said(consensus) if consensus.sides else f'<p class="qa-advice">{NOTHING_COUNTED}</p>'
    read = f"{counted(consensus.reviews, 'review')} read{copies_in_words(consensus.copies)}"
    return f'<section class="qa-consensus">{heading(title, read)}{body}</section>'


def bar(parts: "Sequence[Side]", interval: tuple[float, float] | None = None) -> str:
    """
    Show how many reviewers are on which side.

    :param parts: The sides, in the order of the bar.
    :param interval: Between which shares the first one lies, for all such reviewers; None shows no such range.
    :returns: HTML, which a screen reader reads as the counts.
    """
    words = ", ".join(f"{side.support} {stance_words(side)}" for side in parts if side.support)
    return f'<div class="qa-bar" role="img" aria-label="{escaped(words)}">{_filled(parts)}{_range(interval)}</div>'


def silent_bar(parts: "Sequence[Side]") -> str:
    """
    Show the same where the counts stand beside it in words.

    :param parts: The sides, in the order of the bar.
    :returns: HTML, which a screen reader passes over.
    """
    return f'<span class="qa-bar" aria-hidden="true">{_filled(parts)}</span>'


def quote(answer: "ExtractedAnswer") -> str:
    """
    Show what one reviewer says.

    :param answer: Located in the whole review.
    :returns: HTML: the words in their review, which opens in place, and where it comes from.
    """
    review, span = answer.document, answer.document_offset
    if review is None or span is None:
        raise ValueError("A quote stands in a review.")
    in_place = review_in_place(review, span.start, span.end, around=AROUND)
    return f'<article class="qa-quote">{in_place}{source_line(review.meta, {})}</article>'


def agreement_in_words(consensus: "Consensus") -> str:
    """
    Say how far reviewers agree, and how sure that is.

    :param consensus: The consensus of at least one reviewer.
    :returns: "Agreement 75%; for all such reviewers, 47% to 91% is likely".
    """
    low, high = consensus.interval
    return f"Agreement {consensus.agreement:.0%}; for all such reviewers, {low:.0%} to {high:.0%} is likely"


def quotes(side: "Side", shown: int = QUOTES) -> str:
    """
    Show what the reviewers of a side say: the best quotes, and the next ones to those who open them.

    :param side: The side.
    :param shown: How many are shown without asking for more.
    :returns: HTML; of many reviewers the rest is counted.
    """
    first, others = side.quotes[:shown], side.quotes[shown : shown + MORE_QUOTES]
    rest = side.support - len(first) - len(others)
    counting = f'<p class="qa-advice">and {rest:,} more</p>' if rest else ""
    more = folded(f"{len(others)} more", "".join(map(quote, others)) + counting) if others else ""
    return "".join(map(quote, first)) + more


def _said(consensus: "Consensus") -> str:
    words = f'<p class="qa-says"><bdi>{escaped(_capitalised(verdict(consensus)))}</bdi></p>'
    others = consensus.sides[SIDES:]
    more = folded(counted(len(others), "other answer"), _sides(others, SIDES)) if others else ""
    return words + _measured(consensus) + _sides(consensus.sides[:SIDES], 0) + more


def _measured(consensus: "Consensus") -> str:
    """Of one reviewer there is nothing to measure."""
    if consensus.speaking < 2:
        return ""
    words = f'<p class="qa-agreement">{agreement_in_words(consensus)}</p>'
    return bar(consensus.sides, consensus.interval) + words


def _sides(sides: "Sequence[Side]", first: int) -> str:
    return f'<div class="qa-sides">{"".join(_side(side, number) for number, side in enumerate(sides, first))}</div>'


def _side(side: "Side", number: int) -> str:
    name = f"<bdi>{escaped(_capitalised(stance_words(side)))}</bdi> <small>{counted(side.support, 'reviewer')}</small>"
    return (
        f'<section class="qa-side"><h3><i class="qa-key {_fill(side, number)}"></i>{name}</h3>{quotes(side)}</section>'
    )


def _filled(parts: "Sequence[Side]") -> str:
    total = sum(side.support for side in parts)
    return "".join(
        f'<i class="qa-part {_fill(side, number)}" style="width:{100 * side.support / total:.2f}%"></i>'
        for number, side in enumerate(parts)
        if side.support
    )


def _fill(side: "Side", number: int) -> str:
    """The same stance looks the same for two products; facts are told apart by their places."""
    if side.stance:
        return f"qa-{_FILLS[side.stance]}"
    return ("qa-for", "qa-against", "qa-between")[min(number, 2)]


def _range(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    low, high = interval
    return f'<i class="qa-range" style="left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%"></i>'


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
