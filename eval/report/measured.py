"""What the runs of a group scored, as tables: measures, losses, breakdowns, mistakes, costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from qa_system.eval.headline import cutoff, family
from qa_system.eval.report.groups import Group
from qa_system.eval.report.legend import OUTCOMES, by_group
from qa_system.eval.report.tables import NONE, Cell, Table, number, significant
from qa_system.eval.scorecard import Cost, Estimate, Latency, Loss, Scorecard

Systems = Mapping[str, Scorecard]
"""Scorecards by the name that a row or a column has."""


def measured(group: Group) -> tuple[Table, ...]:
    """
    Show all that is known of a group of runs.

    :param group: Runs of one kind on the same questions.
    :returns: The tables, the most important first.
    """
    found = (losses(group.systems), *_breakdowns(group), mistakes(group.systems), costs(group.systems))
    return *_measures(group), *(table for table in found if table.rows)


def scores(title: str, rows: Mapping[str, Mapping[str, Estimate]], measures: Sequence[str]) -> Table:
    """
    Set systems and baselines side by side.

    :param title: Of the table.
    :param rows: Name to measure to value.
    :param measures: Which to show, in this order.
    :returns: A row for each name; a cell is empty where there is no such value.
    """
    lines = tuple((name, *(found.get(measure, NONE) for measure in measures)) for name, found in rows.items())
    return Table(title, ("System", *measures), lines)


def answerable(card: Scorecard) -> int:
    """
    Count the questions with a relevant review.

    :param card: Of any run.
    :returns: Their number.
    """
    return sum(any(label.is_relevant for label in one.question.labels) for one in card.predictions)


def losses(systems: Systems) -> Table:
    """
    Show where F1 is lost.

    :param systems: Of any kind.
    :returns: A row for each pipeline.
    """
    columns = ("System", "F1 on retrieved reviews", "Lost by retrieval", "Lost by reading", "F1 on right reviews")
    found = {name: card.loss for name, card in systems.items() if card.loss}
    rows = tuple((name, o.pipeline, o.retrieval, o.reading, o.isolated) for name, o in found.items())
    return Table("Where F1 is lost", columns, rows, "The first three add up to 1, on identical questions.")


def loss_sentence(name: str, loss: Loss) -> str:
    """
    Say where F1 is lost.

    :param name: Of the pipeline.
    :param loss: Its losses.
    :returns: A sentence.
    """
    retrieval = loss.retrieval.value
    moved = f"{number(abs(retrieval))} {'gained' if retrieval < 0 else 'lost'} by retrieval"
    return (
        f"{name}: of 1, {number(loss.pipeline.value)} answered, {moved}, {number(loss.reading.value)} lost by reading."
    )


def mistakes(systems: Systems) -> Table:
    """
    Count what became of the questions.

    :param systems: Of any kind.
    :returns: A row for each outcome that occurs, a column for each system.
    """
    seen = [name for name in OUTCOMES if any(name in card.mistakes for card in systems.values())]
    rows = tuple((name, *(_share(card, name) for card in systems.values())) for name in seen)
    return Table("What became of the questions", ("Outcome", *systems), rows, "Each question is in one row.")


def costs(systems: Systems) -> Table:
    """
    Show what answers cost.

    :param systems: Of any kind.
    :returns: A row for each system.
    """
    found = {name: card.cost for name, card in systems.items()}
    seen = dict.fromkeys(stage for cost in found.values() for stage in cost.latency)
    stages = sorted(seen, key=lambda stage: stage == "total")
    rows = tuple(_cost(name, cost, stages) for name, cost in found.items())
    columns = ("System", *stages, "Questions/s", "Peak memory", "Weights")
    note = "Time of a question, p50 / p95 / p99. Questions are asked one at a time; loading is not counted."
    return Table("Time and memory", columns, rows, note)


def _measures(group: Group) -> Iterator[Table]:
    names = (name for card in group.systems.values() for name in card.measures)
    for title, inside in by_group(names).items():
        headline = _headline(inside)
        yield _scores(group, title, headline)
        if len(inside) > len(headline):
            yield replace(_scores(group, f"{title}, at every cutoff", inside), folded=True)


def _headline(measures: Sequence[str]) -> list[str]:
    """Keep every cutoff of recall, and the largest of the other measures."""
    largest = {family(name): name for name in sorted(measures, key=cutoff)}
    return [name for name in measures if family(name) == "R@k" or name in largest.values()]


def _scores(group: Group, title: str, measures: Sequence[str]) -> Table:
    systems = {name: card.measures for name, card in group.systems.items()}
    baselines = {name: found for name, found in group.baselines.items() if not found.keys().isdisjoint(measures)}
    return replace(scores(title, systems | baselines, measures), note=_counted(group.first, baselines, measures))


def _counted(card: Scorecard, baselines: Mapping[str, Mapping[str, Estimate]], measures: Sequence[str]) -> str:
    """Say how many questions each measure is over, and each baseline that is over others."""
    by_count: dict[int, list[str]] = {}
    for name in measures:
        if name in card.measures:
            by_count.setdefault(card.measures[name].count, []).append(family(name))
    sentences = [_over(list(dict.fromkeys(names)), count, card) for count, names in by_count.items()]
    return " ".join([*sentences, *_people(baselines)])


def _people(baselines: Mapping[str, Mapping[str, Estimate]]) -> Iterator[str]:
    """Only people are measured by the judgement and not by the question."""
    if people := baselines.get("people"):
        yield f"people: over {max(found.count for found in people.values()):,} judgements."


def _over(measures: Sequence[str], count: int, card: Scorecard) -> str:
    counted, total = f"{', '.join(measures)}: over ", len(card.predictions)
    if count == total:
        return f"{counted}all {total:,} questions."
    if measures[0].endswith("@k") and count == answerable(card):
        return f"{counted}{count:,} questions with a relevant review; {total - count:,} without one are not counted."
    return f"{counted}{count:,} of {total:,} questions."


def _breakdowns(group: Group) -> Iterator[Table]:
    """Rankings are measured over other questions than answers, so each have tables of their own."""
    measures = list(dict.fromkeys(name for parts in _parts(group.first).values() for name in parts))
    yield from _broken_down(group, [name for name in measures if not cutoff(name)])
    yield from _broken_down(group, [name for name in measures if cutoff(name)])


def _broken_down(group: Group, measures: Sequence[str]) -> Iterator[Table]:
    """Show all measures of a single system; of several systems the main one, and the others on demand."""
    shown = measures if len(group.systems) == 1 else measures[:1]
    rest = measures[len(shown) :]
    if shown:
        yield _breakdown(group, shown)
    if rest:
        yield replace(_breakdown(group, rest), folded=True)


def _breakdown(group: Group, measures: Sequence[str]) -> Table:
    alone = len(group.systems) == 1
    columns = [measure if alone else f"{measure} {name}" for measure in measures for name in group.systems]
    rows = tuple(_part(group, part, measures) for part in _parts(group.first))
    return Table(
        f"{', '.join(measures)} by kind of question",
        ("Group", "Questions", *columns),
        tuple(row for row in rows if row[1]),
        "Questions: those that the measures apply to. Small groups have wide intervals.",
        stub=2,
    )


def _parts(card: Scorecard) -> dict[str, Mapping[str, Estimate]]:
    return {f"{name}: {part}": found for name, parts in card.breakdowns.items() for part, found in parts.items()}


def _part(group: Group, part: str, measures: Sequence[str]) -> tuple[Cell, ...]:
    found = [_parts(card).get(part, {}) for card in group.systems.values()]
    count = found[0][measures[0]].count
    return part, count, *(measured.get(measure, NONE) for measure in measures for measured in found)


def _share(card: Scorecard, outcome: str) -> str:
    count = len(card.mistakes.get(outcome, ()))
    return f"{count:,} ({count / len(card.predictions):.1%})"


def _cost(name: str, cost: Cost, stages: Sequence[str]) -> tuple[Cell, ...]:
    times = (_times(cost.latency.get(stage)) for stage in stages)
    weights = sum(cost.model_bytes.values())
    return name, *times, significant(cost.questions_per_second), _size(cost.peak_memory), _size(weights)


def _times(latency: Latency | None) -> str:
    if latency is None:
        return NONE
    seconds = (latency.p50, latency.p95, latency.p99)
    factor, unit = (1, "s") if max(seconds) >= 1 else (1000, "ms")
    return f"{' / '.join(significant(second * factor) for second in seconds)} {unit}"


def _size(size: int) -> str:
    if not size:
        return NONE
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
