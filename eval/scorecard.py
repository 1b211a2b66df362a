"""What a run scored: records between the scoring, which needs no report, and the report, which computes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.predictions import Prediction
from qa_system.eval.runs import Header


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    A mean over questions with its uncertainty.

    :param value: The mean; NaN over no questions.
    :param low: Lower end of the 95% interval.
    :param high: Upper end.
    :param count: Questions it is a mean over.
    """

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Curve:
    """
    Points to draw.

    :param x: Shape `[points]`.
    :param y: Shape `[points]`.
    :param weight: How many questions a point stands for, shape `[points]`; empty where that has no meaning.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    weight: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Latency:
    """
    How long a stage took, in seconds.

    :param p50: Median.
    :param p95: 95th percentile.
    :param p99: 99th percentile.
    """

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What the answers cost.

    :param latency: By stage, and `total`.
    :param questions_per_second: Over the time spent asking.
    :param peak_memory: Largest resident set of the process, in bytes.
    :param model_bytes: Size of the weights, by part (`reader`, `encoder`).
    """

    latency: Mapping[str, Latency]
    questions_per_second: float
    peak_memory: int
    model_bytes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Loss:
    """
    Where a pipeline loses F1 on identical questions: `1 = pipeline + retrieval + reading`.

    :param pipeline: F1 on what was retrieved.
    :param isolated: F1 of the same reader on the right reviews.
    :param retrieval: `isolated - pipeline`, lost because the right review was not found, or others misled.
    :param reading: `1 - isolated`, lost by the reader on the right reviews.
    """

    pipeline: Estimate
    isolated: Estimate
    retrieval: Estimate
    reading: Estimate


@dataclass(frozen=True, slots=True)
class Scorecard:
    """
    All that was measured of one run.

    :param header: What was run.
    :param predictions: In the order of the data.
    :param values: Each measure of each question, shape `[questions]`, NaN where it does not apply (recall of a question
        without a relevant review, has-answer F1 of an unanswerable one).
    :param measures: The same measures as means with intervals, and those that are no means of questions (`best F1`,
        `best threshold`, `AURC`, `ECE answer`, `ECE no answer`).
    :param baselines: Measures of a named baseline on the same questions: `random` for a retriever; `always
        abstaining` for what answers, and for a reader `people`, where there are several annotators.
    :param breakdowns: Breakdown to group to measure: `{"question word": {"how": {"F1": …}}}`.
    :param mistakes: Questions (their indices into `predictions`) by class of outcome, worst first; see `mistakes.py`.
    :param curves: `recall` by depth, `reliability`, `risk-coverage`, and the histograms `question length` and `review
        length`, where they apply. A histogram's `x` are the edges of its bins, one more than there are bins; `y` is the
        share of the questions in a bin and `weight` their number.
    :param cost: What it cost.
    :param loss: Of a pipeline, None otherwise.
    :param failed: Questions that failed; they count in every mean.
    """

    header: Header
    predictions: tuple[Prediction, ...]
    values: Mapping[str, NDArray[np.float64]]
    measures: Mapping[str, Estimate]
    baselines: Mapping[str, Mapping[str, Estimate]]
    breakdowns: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    mistakes: Mapping[str, tuple[int, ...]]
    curves: Mapping[str, Curve]
    cost: Cost
    loss: Loss | None
    failed: int
