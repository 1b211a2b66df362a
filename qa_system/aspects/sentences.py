"""Where the sentences of a review begin and end, and which of them holds a word."""

import re
from collections.abc import Iterator

LONGEST = 300
"""Characters of a quote: who writes without stops is quoted around what matters."""

_END = re.compile(r"[.!?…]+[\"')\]]*\s+|[。！？]+|\n+")  # noqa: RUF001 (Chinese and Japanese stops)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """
    Find the sentences of a text.

    :param text: Any text.
    :returns: Start and end offset of each, in order, without white space around it.
    """
    start = 0
    for match in _END.finditer(text):
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """
    Find the sentence that words stand in.

    :param text: Any text.
    :param start: Offset of the first character of the words.
    :param end: Offset after the last one.
    :returns: Start and end offset of the sentence, or of as much of it around the words as is quoted.
    """
    for first, last in sentences(text):
        if first <= start < last:
            return _shortened(text, first, max(last, end), start, end)
    return start, end


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = text[start:end]
    if stripped := part.strip():
        first = start + part.index(stripped)
        yield first, first + len(stripped)


def _shortened(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """Cut a sentence between words, with as much before what matters as after it."""
    if last - first <= LONGEST:
        return first, last
    room = max(0, (LONGEST - (end - start)) // 2)
    left, right = max(first, start - room), min(last, end + room)
    while first < left < start and not text[left - 1].isspace():
        left += 1
    while end < right < last and not text[right].isspace():
        right -= 1
    while right > end and text[right - 1].isspace():
        right -= 1
    return left, right
