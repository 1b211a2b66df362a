"""A run -> its scorecard, without a model and without a store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qa_system.eval import answering, baselines, confidence, consensus, retrieval
from qa_system.eval.breakdowns import breakdowns, question_words, review_words
from qa_system.eval.consensus_baselines import of_consensus
from qa_system.eval.cost import cost
from qa_system.eval.journal import PARTS
from qa_system.eval.means import clusters_of, means
from qa_system.eval.mistakes import by_outcome
from qa_system.eval.predictions import Prediction, Reading
from qa_system.eval.runs import Run
from qa_system.eval.scorecard import Curve, Estimate, Loss, Scorecard
from qa_system.records import Question

CUTOFFS = (1, 3, 5, 10, 20)
BINS = 40


@dataclass(frozen=True, slots=True)
class _Part:
    """What is measured of the answers, of the rankings, or of the consensus; its fields are those of the scorecard."""

    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    measures: Mapping[str, Estimate] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)


def score(run: Run, *, ks: Sequence[int] = CUTOFFS) -> Scorecard:
    """
    Measure a run.

    :param run: Of any kind. A question that failed counts as an empty ranking and a wrong answer.
    :param ks: Depths at which rankings are measured; what is beyond the depth of the run's rankings is measured there.
    :returns: The scorecard. The order of the predictions makes no difference to its measures.
    """
    questions = [prediction.question for prediction in run.predictions]
    parts = PARTS[run.header.kind]
    answers = _answers(run) if "reading" in parts else _Part()
    rankings = _rankings(run, ks) if "ranking" in parts else _Part()
    agreements = _agreements(run) if "consensus" in parts else _Part()
    values = {**answers.values, **rankings.values, **agreements.values}
    return Scorecard(
        header=run.header,
        predictions=run.predictions,
        values=values,
        measures={**answers.measures, **rankings.measures, **agreements.measures},
        baselines={**answers.baselines, **rankings.baselines, **agreements.baselines},
        breakdowns=breakdowns(questions, values),
        mistakes=by_outcome(run.predictions),
        curves={**rankings.curves, **answers.curves, **_lengths(questions)},
        cost=cost(run),
        loss=_loss(run, answers.values["F1"]) if "isolated" in parts else None,
        failed=sum(prediction.error is not None for prediction in run.predictions),
    )


def _answers(run: Run) -> _Part:
    questions, readings = _asked_and_read(run, lambda prediction: prediction.reading)
    marks, clusters = answering.marks(questions, readings), clusters_of(questions)
    values = answering.per_question(marks)
    generated = answering.generated_per_question(questions, readings) if run.header.kind == "generator" else {}
    return _Part(
        values=values | generated,
        measures={
            **means(values, clusters),
            **confidence.confidence_measures(marks, clusters),
            **means(generated, clusters),
        },
        baselines=baselines.of_answering(questions, run.header.kind),
        curves=confidence.confidence_curves(marks),
    )


def _rankings(run: Run, ks: Sequence[int]) -> _Part:
    questions, deepest = [prediction.question for prediction in run.predictions], _depth(run)
    cutoffs = sorted({min(k, deepest) for k in ks})
    values = retrieval.per_question(run.predictions, cutoffs)
    return _Part(
        values=values,
        measures=means(values, clusters_of(questions)),
        baselines=baselines.of_retrieval(questions, run.header, cutoffs) if run.header.kind == "retriever" else {},
        curves=_recall_curve(retrieval.recall_by_depth(run.predictions, cutoffs[-1])),
    )


def _agreements(run: Run) -> _Part:
    questions = [prediction.question for prediction in run.predictions]
    agreed = [None if one.error is not None else one.consensus for one in run.predictions]
    values = consensus.per_question(questions, agreed)
    return _Part(
        values=values,
        measures=means(values, clusters_of(questions)),
        baselines=of_consensus(questions, agreed),
    )


def _recall_curve(recall: NDArray[np.float64]) -> dict[str, Curve]:
    """From recall by depth, shape `[depth, questions]`."""
    if not recall.size:
        return {}
    return {"recall": Curve(x=np.arange(1.0, len(recall) + 1), y=recall.mean(axis=1))}


def _depth(run: Run) -> int:
    """How deep the rankings go; a run from elsewhere says so only by what it holds."""
    longest = max((len(prediction.ranking or ()) for prediction in run.predictions), default=0)
    return int(run.header.settings.get("retrieval", {}).get("depth", max(longest, 1)))


def _loss(run: Run, pipeline: NDArray[np.float64]) -> Loss:
    questions, given = _asked_and_read(run, lambda prediction: prediction.isolated)
    isolated = answering.marks(questions, given)["f1"]
    values = {
        "pipeline": pipeline,
        "isolated": isolated,
        "retrieval": isolated - pipeline,
        "reading": 1 - isolated,
    }
    return Loss(**means(values, clusters_of(questions)))


def _asked_and_read(
    run: Run, reading_of: Callable[[Prediction], Reading | None]
) -> tuple[list[Question], list[Reading | None]]:
    """What failed was not read."""
    questions = [prediction.question for prediction in run.predictions]
    readings = [None if prediction.error is not None else reading_of(prediction) for prediction in run.predictions]
    return questions, readings


def _lengths(questions: Sequence[Question]) -> dict[str, Curve]:
    lengths: dict[str, list[float]] = {
        "question length": [question_words(question) for question in questions],
        "review length": [words for question in questions if (words := review_words(question)) is not None],
    }
    return {name: _histogram(words) for name, words in lengths.items() if words}


def _histogram(words: Sequence[float]) -> Curve:
    longest = max(1, *words)
    counts, edges = np.histogram(words, bins=min(BINS, round(longest)), range=(0.5, longest + 0.5))
    return Curve(x=edges, y=counts / len(words), weight=counts)
