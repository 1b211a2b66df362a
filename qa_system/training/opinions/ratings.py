"""Reviews with their ratings: most of what is known of praise and blame."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from qa_system.errors import SourceError
from qa_system.opinions.labels import NEGATIVE, NEUTRAL, POSITIVE
from qa_system.sources import read_reviews
from qa_system.sources.files import DamagedFileError, byte_lines, source_files

_RATED = re.compile(r"(\d(?:\.\d)?) #### (.+)")
_JOINED = (
    (re.compile(r"(?<=\w) (n't|'(?:s|re|ve|ll|d|m)|')(?=\s|$)"), r"\1"),
    (re.compile(r" ([.,!?;:%)\]])"), r"\1"),
    (re.compile(r"([(\[$#]) "), r"\1"),
)


class RatedReview(NamedTuple):
    """
    A review with its rating.

    :param text: Its words.
    :param rating: Stars, 1 to 5.
    """

    text: str
    rating: float


def rated_reviews(path: Path) -> Iterator[RatedReview]:
    """
    Read reviews that have a rating.

    :param path: Anything with rated reviews that `qa index` reads, or text files with `RATING #### review` on each
        line, as DMASTE has them, whose tokens are put together again.
    :returns: The reviews; those without a rating are left out.
    :raises SourceError: A file cannot be read.
    """
    for file in source_files(path):
        yield from _lines(file) if ".txt" in file.suffixes else _documents(file)


def polarity_of(rating: float) -> int:
    """
    Tell what a rating says.

    :param rating: Stars, 1 to 5.
    :returns: `NEGATIVE` up to two stars, `POSITIVE` from four on, else `NEUTRAL`.
    """
    if rating <= 2:
        return NEGATIVE
    return POSITIVE if rating >= 4 else NEUTRAL


def put_together(text: str) -> str:
    """
    Undo the spaces that a treebank's tokens have between them, which people do not write.

    :param text: Tokens with spaces between them.
    :returns: The text.
    """
    for pattern, joined in _JOINED:
        text = pattern.sub(joined, text)
    return text


def _lines(file: Path) -> Iterator[RatedReview]:
    try:
        for line in byte_lines(file):
            if match := _RATED.fullmatch(line.decode("utf-8", "replace").strip()):
                yield RatedReview(put_together(match[2]), float(match[1]))
    except DamagedFileError as error:
        raise SourceError(f"{file} cannot be read: {error}.") from error


def _documents(file: Path) -> Iterator[RatedReview]:
    for one in read_reviews(file):
        if one.content and (rating := one.meta.get("rating")) is not None:
            yield RatedReview(one.content, float(rating))
