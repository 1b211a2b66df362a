"""Numbers and dates in words."""

from datetime import date

_CONFIDENCE = ((0.9, "Almost certain"), (0.75, "Very likely"), (0.6, "Likely"), (0.5, "More likely than not"))


def confidence_in_words(score: float) -> str:
    """
    Put a probability into words.

    :param score: In [0, 1].
    :returns: "Likely" and the like.
    """
    return next((words for least, words in _CONFIDENCE if score >= least), "Less likely than not")


def day_in_words(day: str) -> str:
    """
    Show a date.

    :param day: `YYYY-MM-DD…`, or anything else.
    :returns: "3 March 2024", or what was given.
    """
    try:
        parsed = date.fromisoformat(day[:10])
    except ValueError:
        return day
    return f"{parsed.day} {parsed:%B %Y}"


def counted(count: int, noun: str) -> str:
    """
    Say how many there are.

    :param count: How many.
    :param noun: Of what, in the singular.
    :returns: "1 review", "1,200 reviews".
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"


def copies_in_words(count: int) -> str:
    """
    Say how many of some reviews are copies of others.

    :param count: How many.
    :returns: ", 3 of them copies, which count once"; nothing where there are none.
    """
    return (
        f", {count:,} of them {'a copy, which counts' if count == 1 else 'copies, which count'} once" if count else ""
    )
