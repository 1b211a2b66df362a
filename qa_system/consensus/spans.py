"""A span in its review, and the words around it that tell how it is meant."""

from typing import NamedTuple

import regex
from haystack import ExtractedAnswer

FEWEST_WORDS = 4
"""Words from which a span is judged by itself; a shorter one, such as "bass", by its sentence."""
MOST_CHARS = 300

_END = regex.compile(r"[.!?…。！？]+[\s\"')\]]|\n")  # noqa: RUF001 (Chinese and Japanese stops)


class Said(NamedTuple):
    """
    What a reviewer says to a question.

    :param text: The span, or its sentence where the span says little by itself.
    :param before: What stands before that in its sentence.
    """

    text: str
    before: str = ""


def said(answer: ExtractedAnswer) -> Said:
    """
    Take a span with the words that are needed to judge it.

    :param answer: A span, located in its review or in a passage.
    :returns: What is said.
    """
    document, span, text = answer.document, answer.document_offset, answer.data or ""
    if document is None or span is None or not document.content:
        return Said(text)
    start, end = sentence_around(document.content, span.start, span.end)
    if len(text.split()) >= FEWEST_WORDS:
        return Said(text, document.content[start : span.start])
    return Said(document.content[start:end].strip())


def sentence_of(answer: ExtractedAnswer) -> str:
    """
    Take a span with its whole sentence, which tells best whether it praises.

    :param answer: A span, located in its review or in a passage.
    :returns: The sentence; the span alone where it stands in no text.
    """
    document, span = answer.document, answer.document_offset
    if document is None or span is None or not document.content:
        return answer.data or ""
    start, end = sentence_around(document.content, span.start, span.end)
    return document.content[start:end].strip()


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """
    Widen a span to the sentences that it stands in, as far as they are not endless.

    :param text: The review.
    :param start: Offset of the span's first character.
    :param end: Offset after its last character.
    :returns: The same of the sentences.
    """
    first, last = max(0, start - MOST_CHARS), min(len(text), end + MOST_CHARS)
    for match in _END.finditer(text, first, start):
        first = match.end()
    closing = _END.search(text, max(start, end - 1), last)
    return first, closing.end() if closing else last
