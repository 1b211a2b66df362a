"""A consensus in a few words."""

from qa_system.records import Consensus, Side, Stance

DON_T_SAY = "The reviews don't say"
DIVIDED = 0.6
"""Share of the leading side up to which reviewers are divided."""

_WORDS: dict[Stance, str] = {
    "yes": "yes",
    "no": "no",
    "positive": "good",
    "negative": "bad",
    "neutral": "in between",
}
_LONGEST = 80


def verdict(consensus: Consensus) -> str:
    """
    Put what reviewers agree on into a few words.

    :param consensus: The consensus.
    :returns: Such as "mostly yes (9 of 12)", "divided (5 yes, 4 no)", "yes, says the one review that speaks of it",
        "“about 30 hours” (4 of 6)" or "The reviews don't say".
    """
    leading = consensus.leading
    if leading is None:
        return DON_T_SAY
    if consensus.speaking == 1:
        return f"{stance_words(leading)}, says the one review that speaks of it"
    if leading.support == consensus.speaking:
        return f"{stance_words(leading)} (all {consensus.speaking})"
    if consensus.agreement <= DIVIDED:
        return f"{'divided' if leading.stance else 'different answers'} ({_counts(consensus)})"
    mostly = "mostly " if leading.stance else ""
    return f"{mostly}{stance_words(leading)} ({leading.support} of {consensus.speaking})"


def stance_words(side: Side) -> str:
    """
    Say in a word or two where a side stands.

    :param side: The side.
    :returns: "yes", "no", "good", "bad" or "in between"; of a side that states a fact, its best quote.
    """
    if side.stance:
        return _WORDS[side.stance]
    text = " ".join((side.quotes[0].data or "").split())
    return f"“{text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + '…'}”"


def _counts(consensus: Consensus) -> str:
    shown = consensus.sides[:3]
    rest = consensus.speaking - sum(side.support for side in shown)
    counts = [f"{side.support} {stance_words(side)}" for side in shown] + ([f"{rest} other"] if rest else [])
    return ", ".join(counts)
