"""
What the page shows of reviews, questions and answers, as HTML. Pure: text and numbers in, HTML out.

Every word of others passes through `escaped`, and every highlight is placed by offset, never by searching for words.
Streamlit's own text elements read Markdown, LaTeX and emoji shortcodes; `label` is for the few that cannot be avoided.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any

from qa_system.ui.words import confidence_in_words, day_in_words

if TYPE_CHECKING:  # importing Haystack loads torch
    from haystack import Document, ExtractedAnswer

SNIPPET_CHARS = 180
"""Of a review around an answer, to each side."""
PASSAGE_CHARS = 240
HIGH, MIDDLE = 0.75, 0.5
"""Probabilities from which an answer is set off by colour."""

_NOT_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What a page cannot hold: controls, and halves of characters."""
_BREAKS = str.maketrans({"\n": "&#10;", "\t": "&#9;"})
"""Streamlit takes blanks off the ends of lines, so there is one line only."""
_BLANKS = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_WORD_JOINER = "\N{WORD JOINER}"


def escaped(text: str) -> str:
    """
    Show a text as it is.

    :param text: Any string.
    :returns: HTML whose text is the string, with U+FFFD for each character that no page can hold.
    """
    return escape(_NOT_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)).translate(_BREAKS)


def label(text: str) -> str:
    """
    Show a text as it is where Streamlit reads Markdown: on buttons and pills.

    :param text: Any string.
    :returns: Markdown that reads as the string. A word joiner, which is not seen, parts what Streamlit would make a
        symbol of, such as `:smile:` and `->`.
    """
    line = " ".join(_NOT_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text).split())
    return _PUNCTUATION.sub(rf"\\\1{_WORD_JOINER}", line)


def marked(text: str, start: int, end: int) -> str:
    """
    Highlight a span of a text.

    :param text: Any string.
    :param start: Offset of the first character of the span; what lies outside of the text is cut off.
    :param end: Offset after the last.
    :returns: HTML whose text is the string, with one `<mark>` around the span, none where it is empty.
    """
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    inside = f"<mark>{escaped(text[start:end])}</mark>" if start < end else ""
    return escaped(text[:start]) + inside + escaped(text[end:])


def answer_card(answer: "ExtractedAnswer", found_by: Mapping[str, int], *, first: bool) -> str:
    """
    Show an answer, how sure it is, and the review it stands in, which opens in place.

    :param answer: Located in its whole review.
    :param found_by: The rank of its passage, by retriever.
    :param first: Whether it is the best one, which is set larger.
    :returns: HTML.
    """
    review, span = answer.document, answer.document_offset
    if review is None or span is None:
        raise ValueError("An abstention is no answer; see Result.abstained.")
    return (
        f'<article class="qa-answer{" qa-first" if first else ""}">'
        f'<p class="qa-says"><bdi>{escaped(answer.data or "")}</bdi></p>'
        f"{confidence_badge(answer.score)}"
        f"{review_in_place(review, span.start, span.end)}"
        f"{source_line(review.meta, found_by)}</article>"
    )


def passages(found: "Iterable[Document]") -> str:
    """
    Show passages and who found them; the long ones open.

    :param found: As `QASystem.search` gives them.
    :returns: HTML, a card for each.
    """
    return "".join(_passage_card(passage) for passage in found) or "<div></div>"


def folded(title: str, content: str) -> str:
    """
    Show something only to those who open it.

    :param title: What it is.
    :param content: HTML.
    :returns: HTML.
    """
    return f'<details class="qa-folded"><summary>{escaped(title)}</summary>{content}</details>'


def times(timings: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """
    Show how long each stage took.

    :param timings: For each way of asking what it is called, and its seconds by stage.
    :returns: HTML.
    """
    return "<div></div>" + "".join(
        heading("Time", way if len(timings) > 1 else "") + _stages(stages) for way, stages in timings
    )


def review_in_place(review: "Document", start: int, end: int, *, around: int = SNIPPET_CHARS) -> str:
    """
    Show an answer in its review: a snippet, which opens to the whole.

    :param review: The whole review.
    :param start: Offset of the first character of the answer.
    :param end: Offset after the last.
    :param around: Characters of the snippet to each side of the answer.
    :returns: HTML, with the answer highlighted in both.
    """
    text = review.content or ""
    left = _word_start(text, start - around, start)
    right = _word_end(text, end, end + around)
    whole = f'<p class="qa-text"><bdi>{marked(text, start, end)}</bdi></p>'
    if (left, right) == (0, len(text)):
        return whole
    before, after = "… " * (left > 0), " …" * (right < len(text))
    snippet = f"{before}<bdi>{marked(text[left:right], start - left, end - left)}</bdi>{after}"
    return _opening(snippet, whole)


def source_line(meta: Mapping[str, Any], found_by: Mapping[str, int]) -> str:
    """
    Say where a passage comes from.

    :param meta: Of the review or passage.
    :param found_by: The rank by retriever.
    :returns: HTML: rating, date and ids, as far as they are known, and who found it at which rank.
    """
    rating, day = meta.get("rating"), meta.get("date")
    finders = ", ".join(f"{name} (#{rank})" for name, rank in found_by.items())
    parts = [
        stars(rating) if isinstance(rating, int | float) and isfinite(rating) else "",
        f"<time>{escaped(day_in_words(day))}</time>" if isinstance(day, str) else "",
        f"<bdi>{escaped(str(meta.get('item_name') or meta.get('item_id', '')))}</bdi>",
        f"review <bdi>{escaped(str(meta.get('review_id', '')))}</bdi>",
        escaped(f"found by {finders}" if finders else ""),
    ]
    return f'<p class="qa-source">{"".join(f"<span>{part}</span>" for part in parts if part)}</p>'


def confidence_badge(score: float) -> str:
    """
    Say how sure an answer is, in words and as a number.

    :param score: Its probability, in [0, 1].
    :returns: HTML.
    """
    level = "high" if score >= HIGH else "middle" if score >= MIDDLE else "low"
    return f'<p class="qa-sure qa-{level}">{confidence_in_words(score)} · {score:.0%}</p>'


def stars(rating: float) -> str:
    """
    Show a rating.

    :param rating: Any number; up to 5 it is counted in stars.
    :returns: HTML, which a screen reader reads as a number.
    """
    if not 0 <= rating <= 5:
        return f"rated {rating:g}"
    full = int(rating + 0.5)
    return (
        f'<span class="qa-stars" role="img" aria-label="rated {rating:g}">{"★" * full}<i>{"★" * (5 - full)}</i></span>'
    )


def title(text: str, summary: str = "") -> str:
    """
    Name the page.

    :param text: Its name.
    :param summary: What it holds.
    :returns: HTML.
    """
    lead = f"{summary}, answered in the reviewers' own words" if summary else "Answers in the reviewers' own words"
    return f'<h1 class="qa-title">{escaped(text)}</h1><p class="qa-lead">{escaped(lead)}</p>'


def heading(text: str, note: str = "") -> str:
    """
    Say what is shown below.

    :param text: What.
    :param note: More about it, set quietly.
    :returns: HTML.
    """
    return f'<h2 class="qa-heading">{escaped(text)}{f" <small>{escaped(note)}</small>" if note else ""}</h2>'


def abstention(probability: float) -> str:
    """
    Say that the reviews don't answer.

    :param probability: How sure that is, in [0, 1].
    :returns: HTML.
    """
    return (
        '<section class="qa-abstention"><p class="qa-says">The reviews don&#x27;t say</p>'
        f'<p class="qa-sure qa-low">{confidence_in_words(probability)} · {probability:.0%}</p></section>'
    )


def notice(text: str, *, advice: str = "") -> str:
    """
    Say what happened and what to do, where Streamlit's own boxes would read Markdown.

    :param text: What happened; lines stay lines.
    :param advice: What to do, where the text does not say it.
    :returns: HTML that a screen reader announces.
    """
    more = f'<p class="qa-advice">{escaped(advice)}</p>' if advice else ""
    return f'<div class="qa-notice" role="alert"><p><bdi>{escaped(text)}</bdi></p>{more}</div>'


def _passage_card(passage: "Document") -> str:
    text = passage.content or ""
    short = text[: _word_end(text, 1, PASSAGE_CHARS)]
    body = f'<p class="qa-text"><bdi>{escaped(text)}</bdi></p>'
    if len(short) < len(text):
        body = _opening(f"<bdi>{escaped(short)}</bdi> …", body)
    return f'<article class="qa-passage">{body}{source_line(passage.meta, passage.meta.get("found_by", {}))}</article>'


def _stages(stages: Mapping[str, float]) -> str:
    return "".join(
        f'<p class="qa-time"><span>{escaped(stage.capitalize())}</span><span>{spent * 1000:,.0f} ms</span></p>'
        for stage, spent in stages.items()
    )


def _opening(snippet: str, whole: str) -> str:
    return (
        f'<details class="qa-review"><summary><span class="qa-snippet qa-text">{snippet}</span>'
        f'<span class="qa-open"></span></summary>{whole}</details>'
    )


def _word_start(text: str, offset: int, latest: int) -> int:
    """Where the first whole word after an offset begins, the offset where there is none."""
    if offset <= 0:
        return 0
    match = _BLANKS.search(text, offset, latest)
    return match.end() if match else offset


def _word_end(text: str, earliest: int, offset: int) -> int:
    """Where the last whole word before an offset ends, the offset where there is none."""
    if offset >= len(text):
        return len(text)
    blanks = list(_BLANKS.finditer(text, earliest, offset + 1))
    return blanks[-1].start() if blanks else offset
