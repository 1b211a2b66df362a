"""Measures of single questions -> their means, with intervals that know which questions are not independent."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.scorecard import Estimate
from qa_system.eval.uncertainty import intervals
from qa_system.records import Question

RESAMPLES = 1_999
"""A scorecard has a hundred intervals; more draws would move their ends by less than their third decimal."""


def clusters_of(questions: Sequence[Question]) -> list[str | None]:
    """
    Name the clusters that intervals and tests resample: questions about one item.

    Where all are about one item, each stands alone: the figures then speak for that item.

    :param questions: In the order of the data.
    :returns: The item of each question, None where the question stands alone; `[questions]` long.
    """
    items = [question.item_id for question in questions]
    return items if len(set(items)) > 1 else [None] * len(items)


def means(values: Mapping[str, NDArray[np.float64]], clusters: Sequence[str | None]) -> dict[str, Estimate]:
    """
    Average each measure over the questions that it applies to.

    :param values: Each measure of each question, shape `[questions]`, NaN where it does not apply.
    :param clusters: As of `clusters_of`.
    :returns: Measure to mean.
    """
    alike: dict[bytes, list[str]] = {}  # measures of the same questions, which share their draws
    for name, column in values.items():
        alike.setdefault(np.isnan(column).tobytes(), []).append(name)
    found = {
        name: estimate
        for names in alike.values()
        for name, estimate in zip(
            names, intervals([values[name] for name in names], clusters, resamples=RESAMPLES), strict=True
        )
    }
    return {name: found[name] for name in values}
