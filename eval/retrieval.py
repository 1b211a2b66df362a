"""How well reviews were found: the measures of `ir_measures`, of each question apart."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import ir_measures
import numpy as np
from ir_measures import AP, RR, Judged, Measure, P, R, Success, nDCG
from numpy.typing import NDArray

from qa_system.errors import SettingsError
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.records import Question

if TYPE_CHECKING:
    from qa_system.reviews import ReviewKey  # which imports Haystack

CURVES = (R, P, Success, nDCG, RR, Judged)
"""Measured at every cutoff. Average precision is measured at the deepest only."""

_NO_ITEM = ""


def parse_cutoffs(text: str) -> tuple[int, ...]:
    """
    Read the depths at which rankings are measured.

    :param text: Such as `1,3,5,10`.
    :returns: The cutoffs, ascending.
    :raises SettingsError: If one is no whole number of at least 1, or stands there twice.
    """
    parts = [part.strip() for part in text.split(",")]
    if wrong := [part for part in parts if not part.isdecimal() or int(part) < 1]:
        raise SettingsError(f"--k takes whole numbers from 1, such as 1,3,5,10, not {wrong[0]!r}.")
    cutoffs = sorted(map(int, parts))
    if repeated := [cutoff for cutoff, times in Counter(cutoffs).items() if times > 1]:
        raise SettingsError(f"--k has {repeated[0]} more than once. Name each cutoff once.")
    return tuple(cutoffs)


def check_depth(ks: Iterable[int], corpus_size: int) -> None:
    """
    Refuse a cutoff that no ranking can reach.

    :param ks: The cutoffs.
    :param corpus_size: Number of reviews there are to rank.
    :raises SettingsError: If a cutoff is larger.
    """
    deepest = max(ks)
    if deepest > corpus_size:
        raise SettingsError(
            f"--k has {deepest}, and there are only {corpus_size} reviews to rank. Use cutoffs up to {corpus_size}."
        )


def measures(ks: Iterable[int]) -> list[Measure]:
    """
    Name what is measured.

    `R@k` is the share of the relevant reviews among the first k, `P@k` the share of the first k that are relevant,
    `Success@k` whether one is, `RR@k` the reciprocal rank of the first that is, `nDCG@k` discounts grades by the
    logarithm of the rank (Järvelin and Kekäläinen 2002), `AP@k` averages the precision at each relevant review.
    `Judged@k` is the share of the first k that were judged for the question: the rest count as irrelevant, and may not
    be.

    :param ks: Cutoffs.
    :returns: The measures, whose `str` is the name used everywhere: `R@5`.
    """
    cutoffs = sorted(ks)
    return [measure @ cutoff for measure in CURVES for cutoff in cutoffs] + [AP @ cutoffs[-1]]


def relevance(question: Question) -> "dict[ReviewKey, int]":
    """
    Grade the reviews that were judged for a question.

    :param question: With the labels of all annotators.
    :returns: The best grade of each judged review: its graded relevance, 1 where an answer was marked, 0 where not.
    """
    grades: dict[ReviewKey, int] = {}
    for label in question.labels:
        key = (question.item_id or _NO_ITEM, label.review_id)
        grades[key] = max(grades.get(key, 0), label.relevance or 0, int(label.has_answer))
    return grades


def counted_ranking(prediction: Prediction) -> tuple[Ranked, ...]:
    """
    Tell what a question's ranking counts as.

    :param prediction: A question with its ranking.
    :returns: The ranking; empty where it is missing or the question failed.
    """
    return () if prediction.error else prediction.ranking or ()


def per_question(predictions: Sequence[Prediction], ks: Iterable[int]) -> dict[str, NDArray[np.float64]]:
    """
    Measure each ranking by its order.

    :param predictions: Questions with their rankings.
    :param ks: Cutoffs.
    :returns: Measure to its values, shape `[questions]`; NaN where a question has no relevant review, and `Judged@k`
        NaN where no review was judged for it or none retrieved.
    """
    wanted = measures(ks)
    of_judging = [measure for measure in wanted if measure.NAME == Judged.NAME]
    of_finding = [measure for measure in wanted if measure.NAME != Judged.NAME]
    found = _calculated(of_finding, predictions, _relevant) | _calculated(of_judging, predictions, _judged)
    return {str(measure): found[str(measure)] for measure in wanted}


def recall_by_depth(predictions: Sequence[Prediction], depth: int) -> NDArray[np.float64]:
    """
    Tell how recall grows with the depth of the ranking.

    :param predictions: Questions with their rankings.
    :param depth: The largest.
    :returns: `R@1` to `R@depth` of each question that has a relevant review, shape `[depth, questions]`.
    """
    wanted = [R @ cutoff for cutoff in range(1, depth + 1)]
    recall = np.array(list(_calculated(wanted, predictions, _relevant).values()))
    return recall[:, ~np.isnan(recall[0])]


def _calculated(
    wanted: Sequence[Measure], predictions: Sequence[Prediction], grades_of: Callable[[Prediction], dict[str, int]]
) -> dict[str, NDArray[np.float64]]:
    """Measure to its values, shape `[questions]`; NaN where a question has no grades."""
    values = {str(measure): np.full(len(predictions), np.nan) for measure in wanted}
    qrels = {str(number): grades for number, each in enumerate(predictions) if (grades := grades_of(each))}
    if qrels:
        rankings = {number: _surrogate_scores(counted_ranking(predictions[int(number)])) for number in qrels}
        run = {number: ranking for number, ranking in rankings.items() if ranking}  # what is not there scores 0
        for metric in ir_measures.iter_calc(wanted, qrels, run):
            values[str(metric.measure)][int(metric.query_id)] = metric.value
    return values


def _judged(prediction: Prediction) -> dict[str, int]:
    if not counted_ranking(prediction):
        return {}
    return {_document_id(key): grade for key, grade in relevance(prediction.question).items()}


def _relevant(prediction: Prediction) -> dict[str, int]:
    return {_document_id(key): grade for key, grade in relevance(prediction.question).items() if grade > 0}


def _surrogate_scores(ranking: Sequence[Ranked]) -> dict[str, float]:
    """Ranks turned round: `trec_eval` breaks ties of scores by name, which the order of the ranking has decided."""
    return {_document_id(ranked.key): float(len(ranking) - place) for place, ranked in enumerate(ranking)}


def _document_id(key: "ReviewKey") -> str:
    return repr(key)  # unlike the parts joined it is unambiguous, and C strings cannot hold a NUL that an id may
