"""What a span says outright to a yes/no question: "no", "it doesn't"."""

import re

from qa_system.generation.words import NEGATION_REACH, NOT, Word, words_of

_LANGUAGE = "english"  # whose words of denial are known

_YES = re.compile(
    r"\W*(?:yes|yep|yeah|yup|of course|definitely|absolutely|sure does|it does|they do)\b(?!\s+not)", re.I
)
_NO = re.compile(
    r"\W*(?:no(?=\s*[,.;:!–—-])|nope|nah|not at all|not really|absolutely not|definitely not|never\s*[.!]|no$)",  # noqa: RUF001
    re.I,
)
# What is good to be without: "no problem", "nothing has broken", "never an issue".
_NO_FAULT = re.compile(
    r"""
    \b (?: no|zero|nothing|none|(?:not|never|without) (?:\s an?|\s any)?|\w+n't ) \s (?:\w+ \s){0,2}?
    (?: problems?|issues?|complaints?|trouble|worr(?:y|ies)|bother|fuss|effort|doubt|question|concerns?|regrets?|hassle
      | difficult(?:y|ies)|fails?|failed|disappoint\w*|exaggerat\w+ )
    \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NOT_ONLY = re.compile(
    r"\bnot\s+(?:only|just|bad|to\s+mention)\b|\b(?:can't|cannot|couldn't)\s+(?:fault|complain|beat)\b", re.I
)


def said_outright(text: str) -> int:
    """
    Tell whether a text begins with a yes or a no.

    :param text: A span of a review.
    :returns: 1 for yes, -1 for no, 0 for neither.
    """
    text = _plain(text)
    if _NO.match(text):
        return -1
    return 1 if _YES.match(text) else 0


def denies(text: str, *, before: str = "") -> bool:
    """
    Tell whether a text denies what it speaks of. "No problem" and "not only" deny nothing.

    :param text: A span of a review.
    :param before: The words before it in its sentence, which may deny it.
    :returns: Whether it has a word that denies, or one stands just before it in the same clause.
    """
    whole = _plain(before) + _plain(text)
    words = words_of(whole, _LANGUAGE)
    first = next((number for number, word in enumerate(words) if word.start >= len(before)), len(words))
    return any(_counts(word, whole) for word in _within_reach(words, first))


def _within_reach(words: list[Word], first: int) -> list[Word]:
    if first == len(words):
        return []
    near = words[max(0, first - NEGATION_REACH) : first]
    return [word for word in near if word.clause == words[first].clause] + words[first:]


def _counts(word: Word, text: str) -> bool:
    if word.key != NOT:
        return False
    harmless = (match for pattern in (_NO_FAULT, _NOT_ONLY) for match in pattern.finditer(text))
    return not any(match.start() <= word.start < match.end() for match in harmless)


def _plain(text: str) -> str:
    return text.replace("’", "'").replace("‘", "'")  # noqa: RUF001 (as phones write them)
