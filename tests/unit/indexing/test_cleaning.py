"""Cleaning removes markup and keeps a map by which labels mark the same words."""

import unicodedata
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.indexing.cleaning import clean

DIRT = [
    "<br />",
    "<b>",
    "</b>",
    "&amp;",
    "&#34;",
    "\r\n",
    "\x00",
    "\u202e",
    "e\u0301",
    "\u1112\u1161\u11ab",
    "<!-- x -->",
    "  ",
]
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn"]), min_size=1, max_size=8)
dirty_texts = st.lists(st.one_of(st.sampled_from(DIRT), words), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  plain text ", "plain text"),
        ("AT&amp;T says &#34;wow&#34;", 'AT&T says "wow"'),
        ("great<br />sound", "great\nsound"),
        ("<b>bold</b> claim", "bold claim"),
        ("I <3 it, 2 < 3 and 5 > 4", "I <3 it, 2 < 3 and 5 > 4"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\x00b\u202ec\ud800d", "abcd"),
        ("cafe\u0301", "café"),
        ("e&#769;", "é"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("x<script>alert('1')</script>y", "xy"),
        ("x<STYLE a=1>p{}</style >y<!-- no --> z", "xy z"),
        ("<!-- I &amp; you, <script a=1> and <b>more</b>", "<!-- I & you, <script a=1> and more"),
        ("<!-- <script>x</script>y --z", "<!-- y --z"),
        ("👨‍👩‍👧 family", "👨‍👩‍👧 family"),
        ("R&D at AT&T", "R&D at AT&T"),
        (" <p> </p> ", ""),
        ("", ""),
    ],
)
def test_removes_markup_and_nothing_else(raw: str, cleaned: str) -> None:
    assert clean(raw).text == cleaned


@given(dirty_texts)
def test_is_normal_printable_and_trimmed(raw: str) -> None:
    text = clean(raw).text
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert not any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text)


@given(st.lists(words, max_size=5).map(" ".join))
def test_undoes_escaping(text: str) -> None:
    assert clean(escape(text)).text == clean(text).text or "<" in text or "&" in text


@given(dirty_texts, words, dirty_texts)
def test_a_marked_word_stays_marked(before: str, word: str, after: str) -> None:
    raw = f"{before} {word} {after}"
    start = len(before) + 1
    cleaned = clean(raw)
    span = cleaned.text[slice(*cleaned.span(start, start + len(word)))]
    expected = clean(word).text
    assert expected in span
    # Only a character that composes with what follows it may widen the span.
    assert len(span) <= len(unicodedata.normalize("NFC", word)) + 1


@given(dirty_texts, st.data())
def test_spans_stay_inside_and_in_order(raw: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    cleaned = clean(raw)
    clean_start, clean_end = cleaned.span(start, end)
    assert 0 <= clean_start <= clean_end <= len(cleaned.text)
    assert cleaned.span(0, len(raw)) == (0, len(cleaned.text)) or not cleaned.text


@given(dirty_texts)
def test_pieces_tile_source_and_text(raw: str) -> None:
    cleaned = clean(raw)
    ends = [(piece[1], piece[3]) for piece in cleaned.pieces]
    starts = [(piece[0], piece[2]) for piece in cleaned.pieces[1:]]
    assert all(end[1] == start[1] and end[0] <= start[0] for end, start in zip(ends, starts, strict=False))


@pytest.mark.parametrize(
    "pattern",
    ["<!--", "<script>", "<style>", "<!--<script>", "<script></script ", "<script ", "<br ", "</b ", "&a", "<"],
)
def test_a_megabyte_of_what_nothing_closes_is_text(pattern: str) -> None:
    """Were each opener searched an end for in the rest of the text, this would take an hour."""
    raw = pattern * (2**20 // len(pattern))
    assert clean(raw).text == raw.strip()
