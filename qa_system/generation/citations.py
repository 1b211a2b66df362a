"""What a generator wrote -> its sentences, and the passages that each of them names."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBERS = r"#?\d{1,6}(?:\s*[-–]\s*\d{1,6})?"  # noqa: RUF001 (models write dashes)
_CITATION = rf"[\[【]\s*(?:(?:review|passage)s?\s*)?{_NUMBERS}(?:\s*[,;]\s*{_NUMBERS})*\s*[\]】]"
_CITATIONS = re.compile(_CITATION, re.IGNORECASE)
_RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")  # noqa: RUF001
_END = re.compile(  # citations after the stop belong to the sentence before it
    rf"(?:[.!?…]+[\"'”’)]*(?:\s*{_CITATION})*(?=\s|$)|[。！？](?:\s*{_CITATION})*)",  # noqa: RUF001
    re.IGNORECASE,
)
_CITED_END = re.compile(rf"{_CITATION}[.!?…\s]*$", re.IGNORECASE)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|approx|vs|mr|mrs|dr|inc|st)\.$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•#>]+|\d{1,2}[.)])\s+")
_BEFORE_A_STOP = re.compile(r"\s+(?=[.,;:!?…])")
_LETTER = re.compile(r"\w")


class Cited(NamedTuple):
    """
    A sentence and what it names.

    :param text: The sentence without its citations.
    :param numbers: The passages named that exist, each once, in order.
    :param unknown: How often it names one that does not exist.
    """

    text: str
    numbers: tuple[int, ...]
    unknown: int


def cited_sentences(text: str, passages: int) -> list[Cited]:
    """
    Take a written answer apart.

    :param text: The answer: prose or a list, with citations such as `[1]`, `[2][5]`, `[1, 3]` or `[1-3]` in its
        sentences or after their ends.
    :param passages: How many passages there are, numbered from 1.
    :returns: Its sentences, in order.
    """
    return [_cited(sentence, passages) for sentence in _sentences(text)]


def whole_sentences(text: str) -> str:
    """
    Cut off a sentence that was not written to its end.

    :param text: What was written before the limit was reached.
    :returns: The text up to the end of its last sentence; empty where none has one.
    """
    ends = [match.end() for match in _END.finditer(text)]
    return text[: ends[-1]] if ends else ""


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        for part in _parts(_BULLET.sub("", line).replace("**", "")):
            if _LETTER.search(_CITATIONS.sub("", part)):
                found.append(part)
            elif found:  # citations that stand alone
                found[-1] += part
    return found


def _parts(line: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(line):
        part, rest = line[start : match.end()], line[match.end() :].lstrip()
        if _CITED_END.search(part) or not (_ABBREVIATION.search(part) or rest[:1].islower()):
            yield part
            start = match.end()
    yield line[start:]


def _cited(sentence: str, passages: int) -> Cited:
    numbers: dict[int, None] = {}
    unknown = 0
    for citation in _CITATIONS.findall(sentence):
        for first, last in _RANGE.findall(citation):
            low, high = int(first), int(last or first)
            numbers |= dict.fromkeys(range(max(low, 1), min(high, passages) + 1))
            unknown += not 1 <= low <= high <= passages
    text = _BEFORE_A_STOP.sub("", " ".join(_CITATIONS.sub("", sentence).split()))
    return Cited(text, tuple(numbers), unknown)
