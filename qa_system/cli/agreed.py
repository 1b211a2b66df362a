"""What `qa ask --consensus` shows: what reviewers agree on, how sure that is, and both sides in their own words."""

from typing import TYPE_CHECKING

from qa_system import console

if TYPE_CHECKING:
    from qa_system.records import Consensus, Side

QUOTES = 3
"""Quotes shown of each side; `--json` has all."""

_STYLES = {"yes": "green", "positive": "green", "no": "red", "negative": "red"}


def show_consensus(consensus: "Consensus") -> None:
    """
    Show what reviewers agree on.

    :param consensus: The consensus.
    """
    from qa_system.consensus.wording import verdict

    leading = consensus.leading
    style = f"bold {_STYLES.get(leading.stance, 'cyan')}" if leading else "bold yellow"
    console.show_line((_capitalised(verdict(consensus)), style), f"  {_read(consensus)}")
    if consensus.speaking > 1:
        low, high = consensus.interval
        console.show_line(f"Agreement {consensus.agreement:.0%}, for all such reviewers {low:.0%} to {high:.0%} likely")
    for side in consensus.sides:
        _show_side(side)


def _show_side(side: "Side") -> None:
    from qa_system.consensus.wording import stance_words

    reviewers = "1 reviewer" if side.support == 1 else f"{side.support} reviewers"
    console.show_line(
        "\n", (_capitalised(stance_words(side)), f"bold {_STYLES.get(side.stance, 'cyan')}"), f": {reviewers}\n"
    )
    for quote in side.quotes[:QUOTES]:
        console.show_answer(quote)
    if side.support > QUOTES:
        console.show_line(f"      … and {side.support - QUOTES} more")


def _read(consensus: "Consensus") -> str:
    reviews = "1 review" if consensus.reviews == 1 else f"{consensus.reviews:,} reviews"
    copies = f", {consensus.copies:,} of them copies" if consensus.copies else ""
    return f"{reviews} read{copies}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
