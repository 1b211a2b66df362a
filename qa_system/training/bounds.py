"""What the numbers of a recipe may be."""

import math
from collections.abc import Callable, Mapping

Bound = tuple[str, Callable[[float], bool]]
"""In words, and as a test."""

COUNT: Bound = "at least 1", lambda value: value >= 1
NOT_NEGATIVE: Bound = "at least 0", lambda value: 0 <= value < math.inf
POSITIVE: Bound = "above 0", lambda value: 0 < value < math.inf
SHARE: Bound = "at least 0 and less than 1", lambda value: 0 <= value < 1


def out_of_bounds(recipe: object, bounds: Mapping[str, Bound]) -> list[str]:
    """
    Find every value that is out of bounds.

    :param recipe: What has the values.
    :param bounds: By name of the value.
    :returns: For each wrong one what it is and what it has to be.
    """
    values = {name: getattr(recipe, name) for name in bounds}
    return [
        f"{name} is {values[name]}, it has to be {allowed}"
        for name, (allowed, holds) in bounds.items()
        if not holds(values[name])
    ]
