"""The words of a generator, spelt as the reviews spell them: word pieces know no capitals, and space every mark."""

import re
from collections.abc import Iterable

_APOSTROPHE = re.compile(r"(?<=\w) (['’]) (?=\w)")  # noqa: RUF001 (how many keyboards write it)


def spelt(text: str, passages: Iterable[str]) -> str:
    """
    Spell a text as one that has the same words does.

    :param text: What a generator wrote: `it isn ' t loud`.
    :param passages: Where it may have it from, the likeliest first.
    :returns: The same words as they stand in the first passage that has them in this order: `It isn't loud`. Where none
        has, the text, with apostrophes moved to their words.
    """
    letters = r"\s*".join(map(re.escape, "".join(text.split())))
    same = re.compile(rf"(?<!\w){letters}(?!\w)", re.IGNORECASE)
    found = (match.group() for passage in passages if (match := same.search(passage)))
    return " ".join(next(found, _APOSTROPHE.sub(r"\1", text)).split())
