"""
Raw review text -> the text that is stored, and where each character went.

Labels are given by offset in the source's text. Cleaning removes and joins characters, so it keeps a map by which a
label marks the same words in the stored review.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

_BREAKING_TAGS = "br|p|div|li|ul|ol|tr|table|blockquote|h[1-6]|hr"
_INLINE_TAGS = "a|abbr|b|big|code|em|font|i|img|input|s|small|span|strike|strong|sub|sup|td|th|tbody|thead|tt|u|video"

_INVISIBLE = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff"

# Only tags of HTML are tags: reviewers write "<3" and "size < medium and > small".
_DIRT = re.compile(
    rf"""
    (?P<comment> <!-- )
    | (?P<script> <script\b[^<>]*> )
    | (?P<style> <style\b[^<>]*> )
    | (?P<breaking> </?(?:{_BREAKING_TAGS})\b[^<>]*> )
    | (?P<inline> </?(?:{_INLINE_TAGS})\b[^<>]*> )
    | (?P<entity> &(?:\#[0-9]{{1,7}}|\#x[0-9a-f]{{1,6}}|[a-z][a-z0-9]{{1,31}}); )
    | (?P<newline> \r\n? )
    | (?P<control> [{_INVISIBLE}]+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What ends a stretch that is hidden together with its content.
_CLOSERS = {
    "comment": re.compile(r"-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
}
_SUSPICIOUS = re.compile(rf"[<&\r{_INVISIBLE}]")  # all dirt starts with one of these, and most reviews have none
_CONTROL = re.compile(rf"[{_INVISIBLE}]")


Stretch = tuple[int, int, str]
"""A stretch of the source, (start, end), and the text that replaces it."""

Piece = tuple[int, int, int, int]
"""(start in source, end in source, start in text, end in text)."""


@dataclass(frozen=True, slots=True)
class CleanText:
    """
    A cleaned text that remembers its source.

    :param text: The cleaned text.
    :param pieces: Stretches of the source in order, each as (start in source, end in source, start in text, end in
        text). A stretch of one length on both sides was copied; any other was replaced as a whole.
    """

    text: str
    pieces: tuple[Piece, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """
        Find where a span of the source lies in the cleaned text.

        :param start: Offset of its first character in the source.
        :param end: Offset after its last character in the source.
        :returns: Both offsets in the cleaned text. Where the span cuts through a replaced stretch, such as an HTML
            entity, it is widened to the whole of it; a span of nothing but removed characters is empty.
        """
        if start >= end:
            return self._locate(start, upper=False), self._locate(start, upper=False)
        clean_start, clean_end = self._locate(start, upper=False), self._locate(end - 1, upper=True)
        return clean_start, max(clean_start, clean_end)

    def _locate(self, offset: int, *, upper: bool) -> int:
        """Where a character of the source begins (or, if `upper`, ends) in the text."""
        index = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        if index < 0:
            return 0
        source_start, source_end, start, end = self.pieces[index]
        if offset >= source_end:
            return end
        if not _is_copied(self.pieces[index]):
            return end if upper else start
        return min(end, start + offset - source_start + upper)


def clean(text: str) -> CleanText:
    """
    Remove what is markup or invisible: HTML tags and entities, control characters, denormalised Unicode, outer space.

    Unicode is brought to NFC (UAX #15). Entities are resolved once: a reviewer who wrote `&amp;lt;` meant `&lt;`.

    :param text: The text as the source has it.
    :returns: The cleaned text with its map.
    """
    leading = len(text) - len(text.lstrip())
    trimmed = text.strip()
    if not _SUSPICIOUS.search(trimmed) and unicodedata.is_normalized("NFC", trimmed):
        return CleanText(trimmed, ((leading, leading + len(trimmed), 0, len(trimmed)),))
    return _trim(_join(_normalised(list(_stretches(text)))))


def _stretches(text: str) -> Iterator[Stretch]:
    """Cut the text into (start, end, what becomes of it)."""
    position = 0
    for start, end, replacement in _dirt(text):
        if start > position:
            yield position, start, text[position:start]
        yield start, end, replacement
        position = end
    if position < len(text):
        yield position, len(text), text[position:]


def _dirt(text: str) -> Iterator[Stretch]:
    unclosed: set[str] = set()
    position = 0
    while match := _DIRT.search(text, position):
        end = _end(match, unclosed)
        if end is None:
            position = match.start() + 1
        else:
            yield match.start(), end, _replacement(match)
            position = end


def _end(match: re.Match[str], unclosed: set[str]) -> int | None:
    """
    Find where dirt ends: None for an opener that nothing closes, which is text.

    `unclosed` remembers its kind, as nothing closes a later one either: searching the rest of the text for each would
    take time that grows with the square of its length.
    """
    kind = match.lastgroup or ""
    if kind not in _CLOSERS:
        return match.end()
    closer = None if kind in unclosed else _CLOSERS[kind].search(match.string, match.end())
    if closer:
        return closer.end()
    unclosed.add(kind)
    return None


def _replacement(match: re.Match[str]) -> str:
    if match["entity"]:
        return _CONTROL.sub("", unescape(match[0]))
    return "\n" if match["breaking"] or match["newline"] else ""


def _normalised(stretches: list[Stretch]) -> Iterator[Stretch]:
    """Bring the text to NFC in the smallest groups of characters that Unicode composes with each other."""
    if unicodedata.is_normalized("NFC", "".join(text for _, _, text in stretches)):
        yield from stretches
        return
    for group in _composing_groups(_characters(stretches)):
        yield group[0][0], group[-1][1], unicodedata.normalize("NFC", "".join(text for _, _, text in group))


def _characters(stretches: list[Stretch]) -> Iterator[Stretch]:
    for start, end, text in stretches:
        if len(text) == end - start:
            yield from ((start + offset, start + offset + 1, character) for offset, character in enumerate(text))
        else:
            yield start, end, text


def _composing_groups(stretches: Iterator[Stretch]) -> Iterator[list[Stretch]]:
    group: list[Stretch] = []
    for stretch in stretches:
        if group and stretch[2] and not _composes(stretch[2][0]):
            yield group
            group = []
        group.append(stretch)
    if group:
        yield group


def _composes(character: str) -> bool:
    """Whether normalisation may join the character with the one before it."""
    return unicodedata.combining(character) != 0 or character in _composing_starters()


@lru_cache(maxsize=1)
def _composing_starters() -> frozenset[str]:
    """Characters of combining class 0 that still compose with a predecessor: Hangul jamo, some vowel signs."""
    canonical = (unicodedata.decomposition(chr(code)).split() for code in range(0xA0, 0x20000))
    seconds = {chr(int(parts[1], 16)) for parts in canonical if len(parts) == 2 and not parts[0].startswith("<")}
    jamo = {chr(code) for code in [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]}
    return frozenset(seconds | jamo)


def _join(stretches: Iterable[Stretch]) -> CleanText:
    pieces: list[Piece] = []
    texts, position = [], 0
    for start, end, text in stretches:
        piece = (start, end, position, position + len(text))
        if pieces and _is_copied(pieces[-1]) and _is_copied(piece):
            piece = (pieces[-1][0], end, pieces.pop()[2], piece[3])
        pieces.append(piece)
        texts.append(text)
        position += len(text)
    return CleanText("".join(texts), tuple(pieces))


def _is_copied(piece: Piece) -> bool:
    source_start, source_end, start, end = piece
    return source_end - source_start == end - start


def _trim(joined: CleanText) -> CleanText:
    """Drop outer white space, which cleaning may have laid bare."""
    first = len(joined.text) - len(joined.text.lstrip())
    last = max(first, len(joined.text.rstrip()))
    pieces = (_shifted(piece, first, last) for piece in joined.pieces)
    return CleanText(joined.text[first:last], tuple(pieces))


def _shifted(piece: Piece, first: int, last: int) -> Piece:
    source_start, source_end, start, end = piece
    if _is_copied(piece):  # a copied stretch stays one: what is trimmed leaves both sides
        source_start += min(max(first - start, 0), end - start)
        source_end -= min(max(end - last, 0), source_end - source_start)
    start, end = (min(max(offset, first), last) - first for offset in (start, end))
    return source_start, source_end, start, end
