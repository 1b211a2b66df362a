"""Lines to hold a system against: chance, people, and one that never answers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from qa_system.eval.answering import marks, per_question
from qa_system.eval.means import clusters_of, means
from qa_system.eval.people import agreement
from qa_system.eval.predictions import Prediction, Reading
from qa_system.eval.retrieval import random_ranking
from qa_system.eval.runs import Header
from qa_system.eval.scorecard import Estimate
from qa_system.records import Question

Baselines = dict[str, Mapping[str, Estimate]]


def of_answering(questions: Sequence[Question]) -> Baselines:
    """
    Measure what readers are held against.

    :param questions: What was asked.
    :returns: `people`, each annotator against the others, where several judged a review; `always abstaining`.
    """
    people = _people(questions)
    baselines: Baselines = {"people": people} if people else {}
    return baselines | {"always abstaining": _abstaining(questions)}


def of_retrieval(predictions: Sequence[Prediction], header: Header, ks: Iterable[int]) -> Baselines:
    """
    Measure what chance would find.

    :param predictions: Of a run.
    :param header: Of the same.
    :param ks: Cutoffs.
    :returns: `random`; nothing where the run does not say among how many reviews was searched.
    """
    ordered = sorted(predictions, key=lambda prediction: prediction.question.id)  # the same draw in any order
    questions = [prediction.question for prediction in ordered]
    sizes = [_candidates(question, header) for question in questions]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return {}
    return {"random": means(random_ranking(ordered, known, ks=ks), clusters_of(questions))}


def _abstaining(questions: Sequence[Question]) -> dict[str, Estimate]:
    values = per_question(marks(questions, [Reading()] * len(questions)))
    shown = ("EM", "F1", "EM answerable", "F1 answerable", "no-answer accuracy", "answered")
    return means({name: values[name] for name in shown}, clusters_of(questions))


def _people(questions: Sequence[Question]) -> dict[str, Estimate]:
    agreements = agreement(questions)
    if not agreements:
        return {}
    clusters = clusters_of(questions)
    values = {
        "EM": np.array([one.exact_match for one in agreements]),
        "F1": np.array([one.f1 for one in agreements]),
    }
    return means(values, [clusters[one.question] for one in agreements])


def _candidates(question: Question, header: Header) -> int | None:
    return question.meta.get("item_reviews") if header.scope == "item" else header.corpus
