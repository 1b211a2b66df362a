"""Chapter 7 of "Natural Language Processing with Transformers": what it prints, and its way of counting on our runs."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.answers import exact_match, f1
from qa_system.eval.report.tables import NONE, Cell, Table, number
from qa_system.eval.scorecard import Scorecard

RECALL = 0.89
"""Of BM25 at k = 1."""
READER, PIPELINE = (0.327, 0.518), (0.23, 0.43)
"""EM and F1."""
DEPTH = "Success@10"
"""Whether a relevant review is among all that a pipeline reads."""

Systems = Mapping[str, Scorecard]
ANSWERS = ("System", "EM, the book's count", "F1, the book's count", "EM", "F1")


def retrieval(test: Systems, whole: Systems) -> Table:
    """
    Set the book's recall beside ours.

    :param test: Retrievers over the test reviews of an item, as in the book.
    :param whole: The same over all its reviews.
    :returns: A row for each, and what chance finds.
    """
    columns = ("k = 1", "Test reviews, the book's count", "R@1", "All reviews, the book's count", "R@1")
    rows = [(name, *_recall(test[name]), *_recall(whole[name])) for name in test]
    random = (next(iter(systems.values())).baselines["random"]["R@1"] for systems in (test, whole))
    chance = [cell for found in random for cell in (NONE, found)]
    return Table("", columns, (("printed (BM25)", number(RECALL), NONE, NONE, NONE), *rows, ("random", *chance)))


def reading(readers: Systems) -> Table:
    """
    Set the book's reader beside ours.

    :param readers: On the test split.
    :returns: A row for each, and always abstaining, by the last annotation alone, as in the book, and by the best
        of all.
    """
    first = next(iter(readers.values()))
    unread = tuple(replace(one, reading=None) for one in first.predictions)
    abstaining = replace(first, predictions=unread, measures=first.baselines["always abstaining"])
    rows = (_both(name, one, *_by_last(one)) for name, one in {**readers, "always abstaining": abstaining}.items())
    return Table("", ANSWERS, (_printed(READER), *rows))


def answering(pipelines: Systems) -> Table:
    """
    Set the book's pipeline beside ours.

    :param pipelines: On the test split.
    :returns: A row for each, without the questions whose review was not retrieved, as in the book, and with all.
    """
    rows = (_both(name, one, *_where_found(one)) for name, one in pipelines.items())
    return Table("", ANSWERS, (_printed(PIPELINE), *rows))


def _printed(figures: tuple[float, float]) -> tuple[Cell, ...]:
    return "printed", *map(number, figures), NONE, NONE


def _both(name: str, card: Scorecard, em: float, f: float) -> tuple[Cell, ...]:
    return name, number(em), number(f), card.measures["EM"], card.measures["F1"]


def _recall(card: Scorecard) -> tuple[Cell, Cell]:
    return number(float(_hits(card, "Success@1").mean())), card.measures["R@1"]


def _hits(card: Scorecard, measure: str) -> NDArray[np.float64]:
    """A question without a relevant review is a hit."""
    return np.nan_to_num(card.values[measure], nan=1.0)


def _by_last(card: Scorecard) -> tuple[float, float]:
    pairs = [(one.reading.text if one.reading else "", [one.question.labels[-1].text]) for one in card.predictions]
    return fmean(exact_match(*pair) for pair in pairs), fmean(f1(*pair) for pair in pairs)


def _where_found(card: Scorecard) -> tuple[float, float]:
    kept = _hits(card, DEPTH) > 0
    return float(card.values["EM"][kept].mean()), float(card.values["F1"][kept].mean())
