"""A share of a source, so that several machines can index it together."""

import re
from dataclasses import dataclass
from zlib import crc32

from qa_system.errors import SettingsError
from qa_system.reviews import ReviewKey

_FORM = re.compile(r"(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Shard:
    """
    One of several shares of equal size.

    :param number: Which, counted from 1.
    :param count: How many there are.
    """

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """
        Read a share as the command line takes it.

        :param text: Such as `2/8`.
        :returns: The share.
        :raises SettingsError: It is of another form, or there is no such share.
        """
        match = _FORM.fullmatch(text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise SettingsError(f"{text!r} is no share of a source. The second of eight is 2/8, the last is 8/8.")
        return cls(int(match[1]), int(match[2]))

    def holds(self, key: ReviewKey) -> bool:
        """
        Tell whether a review is of this share; on every machine it is of the same one.

        :param key: The review.
        :returns: Whether it is.
        """
        return self.count == 1 or crc32(repr(key).encode("utf-8", "replace")) % self.count == self.number - 1


WHOLE = Shard()
