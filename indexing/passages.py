"""A review of a source -> the passages that are stored: cleaned, cut, with deterministic ids."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from haystack import Document

from qa_system.indexing.cleaning import clean
from qa_system.records import Label, Question

CLEANING_VERSION = 1
"""Raised whenever `clean` or `cut` would treat a review differently: a re-run then replaces what it stored."""

_SENTENCE_END = re.compile(r"[.!?…][\"')\]]*\s+|[。！？]|\n+")  # noqa: RUF001 (Chinese and Japanese stops)
_WORD_END = re.compile(r"\s+")


def passages_of(review: Document, *, source: str, length: int, overlap: int) -> list[Document]:
    """
    Clean a review and cut it into the passages to store.

    Haystack's `DocumentSplitter` is not used: its word mode cuts inside sentences and its sentence mode needs
    downloaded NLTK data. The metadata carry its names, `split_id` and `split_idx_start`.

    :param review: The review as the source has it; `meta` holds `item_id` and `review_id`.
    :param source: Name of the source, stored with each passage.
    :param length: Longest passage, in characters.
    :param overlap: Characters that neighbouring passages share, at most half of `length`.
    :returns: The passages in order; none where cleaning leaves no text. The slices overlap and cover the cleaned
        review, which can so be put together from them.
    """
    text = clean(review.content or "").text
    meta = {**review.meta, "source": source}
    fingerprint = _hash(CLEANING_VERSION, text, sorted(meta.items()), length, overlap)
    return [
        Document(
            id=_hash(review.meta["item_id"], review.meta["review_id"], start, text[start:end]),
            content=text[start:end],
            meta={**meta, "split_id": number, "split_idx_start": start, "fingerprint": fingerprint},
        )
        for number, (start, end) in enumerate(cut(text, length=length, overlap=overlap))
    ]


def cut(text: str, *, length: int, overlap: int) -> Iterator[tuple[int, int]]:
    """
    Cut a text into overlapping passages, at the ends of sentences where there are any, else between words.

    :param text: The text.
    :param length: Longest passage, in characters.
    :param overlap: Characters that neighbouring passages share at most; at most half of `length`.
    :returns: Start and end offset of each passage, in order. The first starts at 0, the last ends with the text, and
        none leaves a gap to the next. An empty text has none.
    """
    start = 0
    while len(text) - start > length:
        end = _last_break(text, start + length // 2 + 1, start + length)
        yield start, end
        start = _first_break(text, max(start + 1, end - overlap), end)
    if text:
        yield start, len(text)


def stored_question(question: Question) -> Question:
    """
    Move a question's labels from the source's text to the cleaned text that is stored.

    :param question: A question as its source gives it. One without a context has labels on stored reviews already.
    :returns: The question with cleaned context, and labels whose offsets and text are those of the cleaned context.
    """
    if question.context is None:
        return question
    context = clean(question.context)

    def moved(label: Label) -> Label:
        if label.start is None or label.end is None:
            return label
        start, end = context.span(label.start, label.end)
        return replace(label, start=start, end=end, text=context.text[start:end])

    return replace(question, context=context.text, labels=tuple(moved(label) for label in question.labels))


def _last_break(text: str, lowest: int, highest: int) -> int:
    """Find the last place in [lowest, highest] after a sentence, else after a word, else the highest."""
    for pattern in (_SENTENCE_END, _WORD_END):
        ends = [match.end() for match in pattern.finditer(text, lowest - 1, highest)]
        if ends and ends[-1] >= lowest:
            return ends[-1]
    return highest


def _first_break(text: str, lowest: int, highest: int) -> int:
    """Find the first place in [lowest, highest] after a sentence, else after a word, else the lowest."""
    for pattern in (_SENTENCE_END, _WORD_END):
        match = pattern.search(text, lowest - 1, highest)
        if match and match.end() < highest:
            return match.end()
    return lowest


def _hash(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
