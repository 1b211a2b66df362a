"""The numbers that a span states, so that "6 hours" and "8 hours" are not taken for the same."""

import re

TOLERANCE = 0.05
"""Numbers as far apart as this, of the larger one, count as the same: "1.6 kilos" and "1.62"."""

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES: dict[str, float] = {
    **{word: value for value, word in enumerate((*_UNITS, *_TEENS), start=1)},
    **{word: 10 * tens for tens, word in enumerate(_TENS, start=2)},
    **{"zero": 0, "half": 0.5, "quarter": 0.25, "once": 1, "twice": 2, "couple": 2, "dozen": 12, "hundred": 100},
}
_NUMBER = re.compile(
    rf"(?P<figures>\d+(?:[.,]\d+)*)|\b(?P<word>{'|'.join(_VALUES)})(?:-(?P<unit>{'|'.join(_UNITS)}))?\b",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_POINT = re.compile(rf"\b({'|'.join(_VALUES)})\s+point\s+({'|'.join(_UNITS)})\b", re.IGNORECASE)
_ONE_AND_A_HALF = re.compile(r"\ban?\s+(\w+)\s+and\s+a\s+half\b", re.IGNORECASE)
_AND_A_HALF = re.compile(r"\s+(?:\w+\s+)??and\s+a\s+half\b", re.IGNORECASE)


def numbers_in(text: str) -> frozenset[float]:
    """
    Find the numbers that a text states, in figures or in English words.

    "one" is left out, which is a pronoun as often; "a metre and a half" is 1.5.

    :param text: A span of a review.
    :returns: Their values, without units.
    """
    text = _ONE_AND_A_HALF.sub(r"1.5 \1", text)
    text = _POINT.sub(lambda match: f"{_word(match[1]):g}.{_word(match[2]):g}", text)
    found: set[float] = set()
    end = 0
    for match in _NUMBER.finditer(text):
        if match.start() < end:
            continue
        half = _AND_A_HALF.match(text, match.end())
        end = half.end() if half else match.end()
        if half or match.group().lower() != "one":
            found.add(_value(match) + (0.5 if half else 0))
    return frozenset(found)


def may_agree(first: frozenset[float], second: frozenset[float]) -> bool:
    """
    Tell whether two spans may state the same.

    :param first: The numbers of one.
    :param second: The numbers of the other.
    :returns: Whether they share a number, or one of them states none.
    """
    return not first or not second or any(_same(one, other) for one in first for other in second)


def _value(match: re.Match[str]) -> float:
    if match["word"]:
        return _word(match["word"]) + (_word(match["unit"]) if match["unit"] else 0)
    whole, *parts = re.split(r"[.,]", _THOUSANDS.sub("", match["figures"]))
    return float(f"{whole}.{''.join(parts)}")


def _word(word: str) -> float:
    return _VALUES[word.lower()]


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(abs(one), abs(other))
