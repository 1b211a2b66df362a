"""A search for a product -> the kind of product that it names, and the question that reviewers of one answer."""

from typing import NamedTuple

import regex

from qa_system.consensus.questions import wants_yes_or_no
from qa_system.generation.words import words_of

_LIKE_WHAT = regex.compile(
    r"\b(?:for|with|without|that|which|who|to|in|on|of|from|under|below|over|between|and|but|when|while|as)\b.*",
    regex.IGNORECASE | regex.DOTALL,
)
_ARTICLE = regex.compile(r"(?:an?|the|some|any|my|our)\s+", regex.IGNORECASE)
_ANYTHING = regex.compile(
    r"\b(?:(?:some|any|every)(?:thing|one)|things?|ones?|products?|items?|gifts?|presents?)\b", regex.IGNORECASE
)
_WHICH_ONE = regex.compile(
    r"(?:which|what)\s(?P<kind>.+?)\s(?P<verb>is|are|has|have|can|will|does|do)\s(?P<rest>.+)", regex.IGNORECASE
)
_ASKED = {
    "is": "Is it",
    "are": "Is it",
    "has": "Does it have",
    "have": "Does it have",
    "can": "Can it",
    "will": "Will it",
}
# What the product shall be like, after its name -> how it is asked.
_TAILS = (
    (regex.compile(r"(?:that|which)\s+(?:is|are)\s+(.+)", regex.IGNORECASE), "Is it {}?"),
    (regex.compile(r"(?:that|which)\s+(?:has|have)\s+(.+)|with\s+(.+)", regex.IGNORECASE), "Does it have {}?"),
    (regex.compile(r"((?:for|to|in|on)\s.+)", regex.IGNORECASE), "Is it good {}?"),
)


class Wanted(NamedTuple):
    """
    What is looked for.

    :param question: What reviewers of one product are asked.
    :param kind: The kind of product, in a word; empty where none is named.
    """

    question: str
    kind: str


def wanted(query: str, language: str) -> Wanted:
    """
    Take a search for a product apart, by rules for English.

    :param query: Such as "a quiet fridge for a small kitchen", "Which fridge is quiet?", or a question on one product.
    :param language: Of the reviews; in another than English a query is asked as it is.
    :returns: "Is it quiet for a small kitchen?" and "fridge". Reviewers are asked what the product is like and not of
        which kind it is, for to that any of them may answer yes.
    """
    words = query.strip().rstrip(" .!?")
    if language != "english":
        return Wanted(query, "")
    if which := _WHICH_ONE.fullmatch(words):
        return Wanted(f"{_ASKED.get(which['verb'].lower(), 'Does it')} {which['rest']}?", _named(which["kind"]))
    if query.strip().endswith("?") or wants_yes_or_no(query):
        return Wanted(query, "")
    described = _ARTICLE.sub("", _LIKE_WHAT.sub("", words), count=1).strip()
    return Wanted(_question(words, described), _named(described))


def _named(described: str) -> str:
    """Take the last word, "fridge" of "quiet fridge", unless anything will do."""
    words = [described[word.start : word.end].lower() for word in words_of(described, "english") if word.key]
    return words[-1] if words and not _ANYTHING.search(described) else ""


def _question(words: str, described: str) -> str:
    tail = match.group() if (match := _LIKE_WHAT.search(words)) else ""
    if anything := _ANYTHING.search(described):
        qualities = (described[: anything.start()] + described[anything.end() :]).strip()
    else:
        qualities = described.rpartition(" ")[0]
    if qualities and not regex.match(r"(?:that|which|who)\b", tail):
        return f"Is it {qualities} {tail}".rstrip() + "?"
    if not qualities:
        for pattern, question in _TAILS:
            if found := pattern.fullmatch(tail):
                return question.format(next(group for group in found.groups() if group))
    return f"Is it {words[0].lower() + words[1:] if _ARTICLE.match(words) else words}?"
