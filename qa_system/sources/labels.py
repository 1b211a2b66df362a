"""Labels whose offsets were checked against the review they point into."""

from typing import Any

from qa_system.records import Label
from qa_system.sources.rows import RowError


def span_label(review_id: str, text: str, start: int, end: int) -> Label:
    """
    Label the characters of a review between two offsets.

    :param review_id: The review.
    :param text: Its text.
    :param start: Offset of the answer's first character.
    :param end: Offset after its last character.
    :returns: The label, with the words found there.
    :raises RowError: If the offsets do not lie in the review, or nothing lies between them.
    """
    if not 0 <= start < end <= len(text):
        raise RowError(f"the answer's offsets {start} to {end} mark nothing in a review of {len(text)} characters")
    return Label(review_id, text[start:end], start, end)


def quoted_labels(review_id: str, text: str, answers: Any, start_key: str) -> tuple[Label, ...]:
    """
    Label quoted answers.

    :param review_id: The review.
    :param text: Its text.
    :param answers: A list, each with `text`, the quote, and the offset of its first character.
    :param start_key: What the offset is called.
    :returns: One label for each answer; where there are no answers, one that says so.
    :raises RowError: If a quote is not what stands at its offset, an answer lacks either, or there is no list.
    """
    if not isinstance(answers, list):
        raise RowError(f"answers is {answers!r}, not a list")
    labels = tuple(_quoted_label(review_id, text, answer, start_key) for answer in answers)
    return labels or (Label(review_id),)


def _quoted_label(review_id: str, text: str, answer: Any, start_key: str) -> Label:
    try:
        quote, start = str(answer["text"]), int(answer[start_key])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RowError(f"an answer needs text and {start_key}, not {answer!r}") from error
    label = span_label(review_id, text, start, start + len(quote))
    if label.text != quote:
        raise RowError(f"the answer reads {quote!r}, but at offset {start} the review has {label.text!r}")
    return label
