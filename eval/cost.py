"""What the answers of a run cost."""

import math
from collections.abc import Sequence

import numpy as np

from qa_system.eval.runs import Run
from qa_system.eval.scorecard import Cost, Latency


def cost(run: Run) -> Cost:
    """
    Sum up what a run cost.

    :param run: With its timings and sittings.
    :returns: The cost; latencies are over the questions that did not fail, and without any for a run that was not
        timed.
    """
    return Cost(
        latency=_latencies(run),
        questions_per_second=_throughput(run),
        peak_memory=max((session.peak_memory for session in run.sessions), default=0),
        model_bytes={part: int(model["bytes"]) for part, model in run.header.models.items()},
    )


def _throughput(run: Run) -> float:
    """Count the timed stages alone: a pipeline is also read from the right reviews, which no user waits for."""
    seconds = [sum(one.timings.values()) for one in run.predictions if one.error is None and one.timings]
    return len(seconds) / sum(seconds) if sum(seconds) else math.nan


def _latencies(run: Run) -> dict[str, Latency]:
    timed = [one.timings for one in run.predictions if one.error is None and one.timings]
    stages = dict.fromkeys(stage for timings in timed for stage in timings)
    latency = {stage: _latency([timings[stage] for timings in timed if stage in timings]) for stage in stages}
    return latency | {"total": _latency([sum(timings.values()) for timings in timed])} if timed else {}


def _latency(seconds: Sequence[float]) -> Latency:
    return Latency(*(float(value) for value in np.percentile(seconds, [50, 95, 99])))
