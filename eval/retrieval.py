"""How well reviews were found: the measures of `ir_measures`, of each question apart."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

import ir_measures
import numpy as np
from ir_measures import AP, RR, Measure, P, R, Success, nDCG
from numpy.typing import NDArray

from qa_system.errors import SettingsError
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.records import Label, Question
from qa_system.reviews import ReviewKey

CURVES = (R, P, Success, nDCG, RR)
"""Measured at every cutoff. Average precision is measured at the deepest only."""

_NO_ITEM = ""


class _Draw(NamedTuple):
    """The grades of a question's relevant reviews, and those of a random ranking's places."""

    relevant: tuple[int, ...]
    found: tuple[int, ...]


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

    :param ks: Cutoffs.
    :returns: The measures, whose `str` is the name used everywhere: `R@5`.
    """
    cutoffs = sorted(ks)
    return [measure @ cutoff for measure in CURVES for cutoff in cutoffs] + [AP @ cutoffs[-1]]


def relevance(question: Question) -> dict[ReviewKey, int]:
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
    :returns: Measure to its values, shape `[questions]`; NaN where a question has no relevant review.
    """
    wanted = measures(ks)
    values = {str(measure): np.full(len(predictions), np.nan) for measure in wanted}
    qrels = {str(number): grades for number, each in enumerate(predictions) if (grades := _relevant(each.question))}
    if qrels:
        rankings = {number: _surrogate_scores(counted_ranking(predictions[int(number)])) for number in qrels}
        run = {number: ranking for number, ranking in rankings.items() if ranking}  # what is not there scores 0
        for metric in ir_measures.iter_calc(wanted, qrels, run):
            values[str(metric.measure)][int(metric.query_id)] = metric.value
    return values


def random_ranking(
    predictions: Sequence[Prediction],
    candidates: Sequence[int],
    *,
    ks: Iterable[int],
    shuffles: int = 20,
    seed: int = 0,
) -> dict[str, NDArray[np.float64]]:
    """
    Measure what chance would find: the mean over random orders of the reviews that could have been found.

    :param predictions: The questions; their rankings are not looked at.
    :param candidates: How many reviews each question's ranking was chosen from, those of its item or of the whole
        corpus, shape `[questions]`. Which they are does not matter to chance.
    :param ks: Cutoffs.
    :param shuffles: Orders drawn for each question.
    :param seed: Makes the draw repeatable.
    :returns: As of `per_question`.
    """
    cutoffs, random = sorted(ks), Random(seed)
    distinct: dict[_Draw, int] = {}  # chance repeats itself, and measuring costs more than drawing
    drawn = [
        [
            distinct.setdefault(_draw(prediction.question, size, cutoffs[-1], random), len(distinct))
            for _ in range(shuffles)
        ]
        for prediction, size in zip(predictions, candidates, strict=True)
    ]
    indices = np.array(drawn, dtype=np.int64).reshape(len(predictions), shuffles)
    values = per_question([_drawn_prediction(draw) for draw in distinct], cutoffs)
    return {name: each[indices].mean(axis=1) for name, each in values.items()}


def _relevant(question: Question) -> dict[str, int]:
    return {_document_id(key): grade for key, grade in relevance(question).items() if grade > 0}


def _surrogate_scores(ranking: Sequence[Ranked]) -> dict[str, float]:
    """Ranks turned round: `trec_eval` breaks ties of scores by name, which the order of the ranking has decided."""
    return {_document_id(ranked.key): float(len(ranking) - place) for place, ranked in enumerate(ranking)}


def _document_id(key: ReviewKey) -> str:
    return repr(key)  # unlike the parts joined it is unambiguous, and C strings cannot hold a NUL that an id may


def _draw(question: Question, size: int, depth: int, random: Random) -> _Draw:
    """Draw the first places of a shuffle of the relevant reviews and as many others as make up the size."""
    grades = tuple(sorted(grade for grade in relevance(question).values() if grade > 0))
    places = random.sample(range(size), min(depth, size))
    return _Draw(grades, tuple(grades[place] if place < len(grades) else 0 for place in places))


def _drawn_prediction(draw: _Draw) -> Prediction:
    labels = (Label(name, relevance=grade) for name, grade in zip(_names(draw.relevant), draw.relevant, strict=True))
    ranking = (Ranked(_NO_ITEM, name, 0.0) for name in _names(draw.found))
    return Prediction(Question("", "", _NO_ITEM, tuple(labels)), ranking=tuple(ranking))


def _names(grades: Iterable[int]) -> Iterator[str]:
    """Name reviews by their grade: those of one grade are alike to every measure."""
    seen: Counter[int] = Counter()
    for grade in grades:
        seen[grade] += 1
        yield f"{grade}.{seen[grade]}"
