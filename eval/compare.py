"""Two systems or more on identical questions: which differences are more than noise."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qa_system.errors import SettingsError, SourceError
from qa_system.eval.headline import main_measures
from qa_system.eval.means import clusters_of
from qa_system.eval.predictions import Prediction
from qa_system.eval.runs import Header
from qa_system.eval.scorecard import Scorecard
from qa_system.eval.uncertainty import Difference, corrected, paired_test
from qa_system.records import Label

SIGNIFICANT = 0.05
DISAGREEMENTS = 10
"""How many questions are listed for each pair of systems."""

Verdict = Literal["better", "worse", "no difference beyond noise", "nothing to measure"]


@dataclass(frozen=True, slots=True)
class Compared:
    """
    Two systems by one measure.

    :param measure: Its name.
    :param first: Label of a system.
    :param second: Label of another.
    :param difference: Second minus first, over the questions that the measure applies to; its `p_value` and its
        interval are uncorrected.
    :param p: The p-value corrected for all comparisons made.
    :param verdict: What the second is against the first. A difference is noise where the corrected p-value is 0.05 or
        more, or its 95% interval includes 0; there is nothing to measure where the measure applies to no question.
    """

    measure: str
    first: str
    second: str
    difference: Difference
    p: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Disagreement:
    """
    A question on which two systems differ.

    :param first: Label of a system.
    :param second: Label of another.
    :param predictions: What the first made of the question, and what the second.
    :param values: How each scored by the first measure compared.
    """

    first: str
    second: str
    predictions: tuple[Prediction, Prediction]
    values: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Systems compared.

    :param headers: Of the runs: what was asked, and how.
    :param systems: Their labels, distinct, in the order of the runs.
    :param measures: What they were compared by; the first is the one that `disagreements` are by.
    :param rows: Each pair of systems by each measure, measure by measure.
    :param disagreements: For each pair the questions on which it differs most, largest difference first.
    """

    headers: tuple[Header, ...]
    systems: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[Compared, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class _System:
    """A run whose questions are in the order of the first run's."""

    label: str
    predictions: Sequence[Prediction]
    values: Mapping[str, NDArray[np.float64]]


def compare(scorecards: Sequence[Scorecard], *, measures: Sequence[str] | None = None) -> Comparison:
    """
    Test every pair of systems on identical questions, corrected over all comparisons made.

    :param scorecards: Of two runs or more over the same questions.
    :param measures: What to compare by, the most important first; None takes the main ones that all runs have.
    :returns: The comparison.
    :raises SettingsError: If there are fewer than two runs, one of them twice, or no measure that all of them have.
    :raises SourceError: If the runs are over different questions, or their labels differ.
    """
    if len(scorecards) < 2:
        raise SettingsError(f"{len(scorecards)} run to compare; name two run files or more.")
    for first, second in combinations(scorecards, 2):
        _check_not_the_same(first, second)
    chosen = _measures(scorecards, measures)
    for scorecard in scorecards[1:]:
        _check_same_questions(scorecards[0], scorecard)
    systems = _aligned(scorecards)
    return Comparison(
        headers=tuple(scorecard.header for scorecard in scorecards),
        systems=tuple(system.label for system in systems),
        measures=chosen,
        rows=_rows(systems, chosen),
        disagreements=tuple(
            disagreement
            for first, second in combinations(systems, 2)
            for disagreement in _disagreements(first, second, chosen[0])
        ),
    )


def labels(headers: Sequence[Header]) -> tuple[str, ...]:
    """
    Name runs apart.

    :param headers: Of the runs.
    :returns: The system of each; with its scope, and then a number, where several have the same name.
    """
    names = [header.system for header in headers]
    scoped = [
        f"{header.system} ({header.scope})" if header.scope and names.count(header.system) > 1 else header.system
        for header in headers
    ]
    return tuple(
        f"{name} #{scoped[: index + 1].count(name)}" if scoped.count(name) > 1 else name
        for index, name in enumerate(scoped)
    )


def _measures(scorecards: Sequence[Scorecard], wanted: Sequence[str] | None) -> tuple[str, ...]:
    common = [name for name in scorecards[0].values if all(name in scorecard.values for scorecard in scorecards)]
    if not common:
        kinds = " and ".join(dict.fromkeys(f"a {scorecard.header.kind}" for scorecard in scorecards))
        raise SettingsError(f"{kinds} have no measure in common; compare retrievers with each other, and readers.")
    unknown = [name for name in wanted or () if name not in common]
    if unknown:
        raise SettingsError(f"Not all runs have {', '.join(unknown)}; they can be compared by {', '.join(common)}.")
    return tuple(dict.fromkeys(wanted)) if wanted else main_measures(common)


def _check_not_the_same(first: Scorecard, second: Scorecard) -> None:
    if first.header == second.header and first.predictions == second.predictions:
        raise SettingsError(f"The same run twice: {_described(first)}. Name the files of different runs.")


def _check_same_questions(first: Scorecard, second: Scorecard) -> None:
    ours, theirs = _questions(first), _questions(second)
    left, right = _only_in(ours, theirs), _only_in(theirs, ours)
    if left or right:
        raise SourceError(
            f"The runs are over different questions: {_named(left)} only in {_described(first)}, and {_named(right)} "
            f"only in {_described(second)}. Run both on the same data and split."
        )
    changed = [name for name, asked in ours.items() if asked != theirs[name]]
    if changed:
        raise SourceError(
            f"{_named(changed)} asked or labelled differently in {_described(first)} and in {_described(second)}. "
            "Run both on the same version of the data."
        )


def _questions(scorecard: Scorecard) -> dict[str, tuple[str, str | None, frozenset[Label]]]:
    questions = (prediction.question for prediction in scorecard.predictions)
    return {question.id: (question.text, question.item_id, frozenset(question.labels)) for question in questions}


def _only_in(questions: Iterable[str], others: Container[str]) -> list[str]:
    return [name for name in questions if name not in others]


def _named(questions: Sequence[str]) -> str:
    if not questions:
        return "none"
    noun = "question" if len(questions) == 1 else "questions"
    return f"{len(questions):,} {noun} ({', '.join(questions[:3])}{', …' * (len(questions) > 3)})"


def _described(scorecard: Scorecard) -> str:
    data = scorecard.header.data
    return f"{scorecard.header.system!r} ({data.get('path')}, split {data.get('split') or 'all'})"


def _aligned(scorecards: Sequence[Scorecard]) -> list[_System]:
    ids = [prediction.question.id for prediction in scorecards[0].predictions]
    names = labels([scorecard.header for scorecard in scorecards])
    return [_in_order(ids, label, scorecard) for label, scorecard in zip(names, scorecards, strict=True)]


def _in_order(ids: Sequence[str], label: str, scorecard: Scorecard) -> _System:
    place = {prediction.question.id: index for index, prediction in enumerate(scorecard.predictions)}
    order = [place[question] for question in ids]
    return _System(
        label=label,
        predictions=[scorecard.predictions[index] for index in order],
        values={measure: values[order] for measure, values in scorecard.values.items()},
    )


def _rows(systems: Sequence[_System], measures: Sequence[str]) -> tuple[Compared, ...]:
    clusters = clusters_of([prediction.question for prediction in systems[0].predictions])
    made = [(measure, *pair) for measure in measures for pair in combinations(systems, 2)]
    differences = [
        paired_test(second.values[measure], first.values[measure], clusters) for measure, first, second in made
    ]
    p_values = corrected([difference.p_value for difference in differences])
    return tuple(
        Compared(measure, first.label, second.label, difference, p, _verdict(difference, p))
        for (measure, first, second), difference, p in zip(made, differences, p_values, strict=True)
    )


def _verdict(difference: Difference, p: float) -> Verdict:
    if not difference.count:
        return "nothing to measure"
    if not p < SIGNIFICANT or difference.low <= 0 <= difference.high:
        return "no difference beyond noise"
    return "better" if difference.value > 0 else "worse"


def _disagreements(first: _System, second: _System, measure: str) -> list[Disagreement]:
    apart = np.nan_to_num(np.abs(second.values[measure] - first.values[measure]))
    largest = np.argsort(-apart, kind="stable")[:DISAGREEMENTS]
    return [
        Disagreement(
            first.label,
            second.label,
            predictions=(first.predictions[index], second.predictions[index]),
            values=(float(first.values[measure][index]), float(second.values[measure][index])),
        )
        for index in largest
        if apart[index] > 0
    ]
