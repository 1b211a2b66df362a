"""Which way of joining BM25's ranking and the dense one finds most, measured on labelled questions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from haystack import Document
from numpy.typing import NDArray

from qa_system.errors import SettingsError
from qa_system.eval.asking import Retrieval, ranking_of
from qa_system.eval.means import clusters_of
from qa_system.eval.predictions import Prediction
from qa_system.eval.retrieval import measures, per_question
from qa_system.eval.scorecard import Estimate
from qa_system.eval.uncertainty import interval
from qa_system.fusion import FUSIONS, Fusion, fused
from qa_system.hybrid import DEPTH
from qa_system.records import Question

Rankings = dict[str, list[Document]]


@dataclass(frozen=True, slots=True)
class Joining:
    """
    A way of joining two rankings, as the settings `retrieval.fusion` and `retrieval.dense_weight` say it.

    :param fusion: How.
    :param dense_weight: The share of the dense ranking, in [0, 1].
    """

    fusion: Fusion
    dense_weight: float

    def join(self, rankings: Rankings) -> list[Document]:
        """
        Join the rankings of `bm25` and `dense`.

        :param rankings: Passages by the name of who found them.
        :returns: The joined ranking; of a ranking without weight nothing is left.
        """
        weights = {"bm25": 1 - self.dense_weight, "dense": self.dense_weight}
        counted = {name: ranking for name, ranking in rankings.items() if weights[name]}
        return fused(counted, fusion=self.fusion, weights=weights)


USUAL = Joining("rrf", 0.5)


@dataclass(frozen=True, slots=True)
class Tried:
    """
    How well a way of joining did.

    :param joining: The way.
    :param value: The measure's mean.
    :param gain: The mean of what it is above the usual way's, question by question.
    """

    joining: Joining
    value: Estimate
    gain: Estimate


def joinings(steps: int = 10) -> Iterator[Joining]:
    """
    List ways to try: every fusion with weights in equal steps; each ranking alone once.

    :param steps: Into how many parts the weights from 0 to 1 are divided.
    :returns: The ways.
    """
    yield Joining("rrf", 0.0)
    for fusion in FUSIONS:
        for step in range(1, steps):
            yield Joining(fusion, step / steps)
    yield Joining("rrf", 1.0)


def tuned(
    questions: Sequence[Question],
    retrieval: Retrieval,
    *,
    measure: str,
    on_asked: Callable[[int], None] = lambda asked: None,
) -> list[Tried]:
    """
    Try ways of joining; each question is searched once by each retriever.

    :param questions: Labelled questions.
    :param retrieval: Where to search, and how many reviews are ranked; its retriever is not looked at.
    :param measure: As of `qa_system.eval.retrieval.measures`, such as `RR@10`.
    :param on_asked: Told after each question how many were asked.
    :returns: The ways, best first; of equals the one nearer to equal shares.
    :raises SettingsError: If there is no such measure, or no question has a relevant review.
    :raises StoreError: If the store has no vectors.
    """
    known = [str(one) for one in measures([retrieval.depth])]
    if measure not in known:
        raise SettingsError(f"There is no measure {measure!r} at this depth. Valid are: {', '.join(known)}.")
    found = []
    for number, question in enumerate(questions, start=1):
        found.append(_rankings(question, retrieval))
        on_asked(number)
    values = {joining: _measured(joining, questions, found, retrieval.depth, measure) for joining in joinings()}
    if np.isnan(values[USUAL]).all():
        raise SettingsError("No question has a review that answers it, so no ranking is better than another.")
    estimate = partial(interval, clusters=clusters_of(questions))
    tried = [Tried(way, estimate(of_way), estimate(of_way - values[USUAL])) for way, of_way in values.items()]
    return sorted(tried, key=lambda one: (-one.value.value, abs(one.joining.dense_weight - USUAL.dense_weight)))


def _rankings(question: Question, retrieval: Retrieval) -> Rankings:
    search = partial(retrieval.system.search, question.text, item_id=retrieval.item_of(question), top_k=DEPTH)
    return {name: search(retriever=name) for name in ("bm25", "dense")}


def _measured(
    joining: Joining, questions: Sequence[Question], found: Sequence[Rankings], depth: int, measure: str
) -> NDArray[np.float64]:
    predictions = [
        Prediction(question, ranking=ranking_of(joining.join(rankings))[:depth])
        for question, rankings in zip(questions, found, strict=True)
    ]
    return per_question(predictions, [depth])[measure]
