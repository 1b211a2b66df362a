"""Reviews that nobody asked anything about: what a generator learns to write from."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from random import Random

from qa_system.errors import SourceError
from qa_system.records import Question
from qa_system.sources import read_reviews
from qa_system.sources.files import DamagedFileError, byte_lines, source_files
from qa_system.sources.splits import part_of
from qa_system.training.mixture import TrainingSource

_RATING = re.compile(r"^\d(?:\.\d)? #### ")
_NOT = re.compile(r"(?<=\w) n't\b")


@dataclass(slots=True)
class Unlabelled:
    """
    Reviews, by part.

    :param train: To learn from.
    :param validation: To choose a model by.
    :param held_out: How many were left out because they are for measuring only.
    """

    train: list[str] = field(default_factory=list)
    validation: list[str] = field(default_factory=list)
    held_out: int = 0

    @classmethod
    def load(cls, sources: Sequence[TrainingSource], *, measured: Iterable[str], seed: int, most: int) -> "Unlabelled":
        """
        Read reviews.

        :param sources: Anything with reviews that `qa index` reads, or text files with a review on each line.
        :param measured: Reviews of labelled questions that are for measuring only; their like is left out, however it
            is spaced and punctuated.
        :param seed: Draws the validation reviews.
        :param most: How many of these to keep.
        :returns: Each review once. The same tenth is left out as of labelled reviews, by the hash of its words.
        :raises SourceError: A source cannot be read, or leaves nothing to learn from or to validate with.
        """
        reviews, kept_clear = cls(), set(map(_bare, measured))
        for text in dict.fromkeys(text for source in sources for text in _texts(source.path)):
            part = part_of(Question("", "", context=text))
            if part == "held_out" or _bare(text) in kept_clear:
                reviews.held_out += 1
            else:
                (reviews.train if part == "train" else reviews.validation).append(text)
        if not (reviews.train and reviews.validation):
            raise SourceError(
                f"there are too few reviews to learn to write from: {len(reviews.train)} to learn from, "
                f"{len(reviews.validation)} to validate with, as one in twenty is by its hash. Add more, or leave "
                "reviews out of the recipe."
            )
        reviews.validation = Random(seed).sample(reviews.validation, min(most, len(reviews.validation)))
        return reviews

    @property
    def digest(self) -> str:
        """What tells these reviews from others, in hexadecimal."""
        return blake2b(repr((self.train, self.validation)).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _texts(path: Path) -> Iterator[str]:
    for file in source_files(path):
        yield from _lines(file) if ".txt" in file.suffixes else (one.content or "" for one in read_reviews(file))


def _lines(file: Path) -> Iterator[str]:
    """Read the lines of a text file; a rating in front of a review, as DMASTE has it, is no part of it."""
    try:
        for line in byte_lines(file):
            if text := _RATING.sub("", line.decode("utf-8", "replace").strip()):
                yield _NOT.sub("n't", text)  # the one place where tokens of a treebank become other word pieces
    except DamagedFileError as error:
        raise SourceError(f"{file} cannot be read: {error}.") from error


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
