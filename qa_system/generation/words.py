"""The words that a sentence and a passage are compared by, and whether they are denied."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from qa_system.stores.analysis import words_analyzer

NOT = "not"
"""The key of every word that denies."""
NEGATION_REACH = 3
"""Words of the same clause before a statement among which a negation denies it."""

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(
    rf"\d+(?:[.,:]\d+)+|(?:[\p{{L}}\p{{N}}\p{{M}}--[{_UNSPACED}]]|(?<=\p{{L}})'(?=\p{{L}}))+|[{_UNSPACED}]", regex.V1
)
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’", "'"))  # noqa: RUF001 (as phones write them)
_CLAUSE_END = regex.compile(r"[,.;:!?…()\n–—。！？，]")  # noqa: RUF001 (Chinese and Japanese stops, and dashes)
_SENTENCE_END = regex.compile(r"[.!?…\n。！？]")  # noqa: RUF001
_DENIES = regex.compile(
    r"not|cannot|cant|wont|never|without|nothing|none|neither|nor|nobody|hardly|barely|lacks?|lacking"
    r"|\w+n't|(?:do|does|did|is|are|was|were|could|would|should|has|have|had)nt"
)
_SAYS_NOTHING = regex.compile(
    r"""
    a|about|after|all|also|am|an|and|any|are|as|at|be|because|been|before|being|both|but|by|can|could|did|do|does|doing
    |down|during|each|few|for|from|further|had|has|have|having|he|her|here|hers|him|his|how|i|if|in|into|is|it|its|it's
    |itself|just|let|may|me|might|mine|more|most|much|must|my|of|off|on|once|one|only|or|other|our|out|over|own|quite
    |rather|really|same|shall|she|should|so|some|such|than|that|that's|the|their|them|then|there|there's|these|they
    |they're|this|those|though|through|to|too|until|up|upon|us|very|was|we|were|what|when|where|whether|which|while|who
    |whom|whose|why|will|with|would|yes|yet|you|your
    # what a summary says of those who said it, and a review does not:
    |according|calls?|customers?|describes?|finds?|found|mention(?:s|ed)?|notes?|people|praises?|reports?|reviews?
    |reviewers?|said|says?|several|states?|users?|writes?
    """,
    regex.VERBOSE,
)


class Word(NamedTuple):
    """
    A word of a text.

    :param key: What it is compared by: its stem; `NOT` for all that deny; empty where it means nothing by itself.
    :param start: Offset of its first character.
    :param end: Offset after its last character.
    :param clause: Number of the clause that it stands in.
    :param sentence: Number of the sentence.
    """

    key: str
    start: int
    end: int
    clause: int
    sentence: int


def words_of(text: str, language: str) -> list[Word]:
    """
    Find the words of a text.

    :param text: Any text.
    :param language: Decides how words are stemmed. Words that deny or mean nothing are known in English.
    :returns: All words, in order.
    :raises SettingsError: There is no stemmer for the language.
    """
    found: list[Word] = []
    clause = sentence = end = 0
    text = text.translate(_APOSTROPHES)
    for match in _WORD.finditer(text):
        word = match.group().lower()
        clause += word == "but" or _CLAUSE_END.search(text, end, match.start()) is not None
        sentence += _SENTENCE_END.search(text, end, match.start()) is not None
        end = match.end()
        stands_alone = _CLAUSE_END.match(text, end) is not None or end == len(text)
        key = "" if word == "no" and stands_alone else _key(word, language)  # "No, it is loud" denies nothing
        found.append(Word(key, match.start(), end, clause, sentence))
    return found


def content(words: Sequence[Word]) -> frozenset[str]:
    """
    Tell what words speak of.

    :param words: Words of a text.
    :returns: The keys of those that mean something by themselves and do not deny.
    """
    return frozenset(word.key for word in words) - {"", NOT}


def is_denied(words: Sequence[Word], first: int, last: int) -> bool:
    """
    Tell whether a statement is denied: by a word in it, or by one before it in the same clause.

    The rule is that of Pang, Lee and Vaithyanathan, "Thumbs up?" (2002): a negation reaches to the end of its clause.

    :param words: All words of the text.
    :param first: Index of the statement's first word.
    :param last: Index of its last word.
    :returns: Whether it is denied.
    """
    before = (word for word in words[max(0, first - NEGATION_REACH) : first] if word.clause == words[first].clause)
    return any(word.key == NOT for word in (*before, *words[first : last + 1]))


@lru_cache(maxsize=50_000)
def _key(word: str, language: str) -> str:
    if word == "no" or _DENIES.fullmatch(word):
        return NOT
    if _SAYS_NOTHING.fullmatch(word):
        return ""
    return "".join(words_analyzer(language).analyze(word.removesuffix("'s")))
