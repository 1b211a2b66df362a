"""Numbers that JSON does not know."""

import math
from collections.abc import Mapping
from typing import Any


def finite(value: Any) -> Any:
    """
    Put plain data into what JSON can say.

    :param value: Mappings, lists, tuples and what stands in them.
    :returns: The same as dictionaries and lists, with None in the place of NaN and infinities.
    """
    if isinstance(value, Mapping):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
