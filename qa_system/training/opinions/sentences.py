"""Sentences of reviews, by their offsets."""

import re

_END = re.compile(r"[.!?]+[\"')\]]*\s+|\n+")

Extent = tuple[int, int]


def sentences(text: str) -> list[Extent]:
    """
    Cut a text into sentences.

    :param text: The text.
    :returns: First character of each sentence and the one after its last; those without a letter are left out.
    """
    ends = [*(match.end() for match in _END.finditer(text)), len(text)]
    starts = [0, *ends]
    cut = (_trimmed(text, start, end) for start, end in zip(starts, ends, strict=False))
    return [(start, end) for start, end in cut if any(map(str.isalpha, text[start:end]))]


def around(text: str, extent: Extent) -> Extent:
    """
    Find the sentences that a part of a text stands in.

    :param text: The text.
    :param extent: The part.
    :returns: The first character of its first sentence and the one after the last of its last.
    """
    start, end = extent
    inside = [one for one in sentences(text) if one[0] < end and start < one[1]]
    return (min(inside[0][0], start), max(inside[-1][1], end)) if inside else extent


def _trimmed(text: str, start: int, end: int) -> Extent:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
