"""Lines to hold a system against: chance, people, and one that never answers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from qa_system.eval.answering import marks, per_question
from qa_system.eval.chance import expected
from qa_system.eval.means import clusters_of, means
from qa_system.eval.people import agreement
from qa_system.eval.predictions import Reading
from qa_system.eval.runs import Header, Kind
from qa_system.eval.scorecard import Estimate
from qa_system.records import Question

Baselines = dict[str, Mapping[str, Estimate]]


def of_answering(questions: Sequence[Question], kind: Kind) -> Baselines:
    """
    Measure what answers are held against.

    :param questions: What was asked.
    :param kind: Of the run.
    :returns: `always abstaining`, and of a reader `people`: each annotator against the others, where several judged a
        review. What answers from several reviews does another task than they did.
    """
    people = _people(questions) if kind == "reader" else {}
    baselines: Baselines = {"people": people} if people else {}
    return baselines | {"always abstaining": _abstaining(questions)}


def of_retrieval(questions: Sequence[Question], header: Header, ks: Iterable[int]) -> Baselines:
    """
    Measure what chance would find.

    :param questions: What was asked.
    :param header: Of the run.
    :param ks: Cutoffs.
    :returns: `random`; nothing where the run does not say among how many reviews was searched.
    """
    sizes = [_candidates(question, header) for question in questions]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return {}
    return {"random": means(expected(questions, known, ks), clusters_of(questions))}


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
