"""The report as sections of sentences and tables: what is said, before it is Markdown or HTML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from qa_system.eval.compare import Comparison
from qa_system.eval.predictions import Prediction
from qa_system.eval.report.groups import Group, data_name, grouped
from qa_system.eval.report.legend import BASELINES, OUTCOMES, by_group, cutoff, family, meanings
from qa_system.eval.report.tables import NONE, Cell, Table, number, probability
from qa_system.eval.runs import Header, Kind
from qa_system.eval.scorecard import Cost, Estimate, Latency, Loss, Scorecard

TITLES: dict[Kind, str] = {
    "retriever": "Retriever: finding the reviews",
    "reader": "Reader: answering from the right reviews",
    "pipeline": "Pipeline: answering from what was retrieved",
    "generator": "Generator: answers in its own words",
}


@dataclass(frozen=True, slots=True)
class Section:
    """
    A part of the report.

    :param anchor: Identifies it in a page.
    :param title: What it is about.
    :param text: Paragraphs.
    :param tables: In order.
    :param items: Terms with what they mean.
    """

    anchor: str
    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    items: tuple[tuple[str, str], ...] = ()


def sections(scorecards: Sequence[Scorecard], comparisons: Sequence[Comparison] = ()) -> list[Section]:
    """
    Say what runs scored.

    :param scorecards: Of any kinds and data.
    :param comparisons: Tests between them.
    :returns: What was asked, each group of runs that can stand side by side, the comparisons, the legend.
    """
    groups = grouped(scorecards)
    compared = [_compared(comparison, index) for index, comparison in enumerate(comparisons, start=1)]
    return [_asked(groups), *map(_measured, groups), *compared, _legend(groups)] if groups else compared


def _asked(groups: Sequence[Group]) -> Section:
    text = (
        "Retrievers, pipelines and generators are asked what a shopper would ask: the same question on several reviews "
        "of an item is asked once, and all its labels count. Readers are asked each question on its own review.",
        "In brackets: the 95% interval, by bootstrap over items.",
    )
    return Section("asked", "What was asked", text, (_questions(groups), _systems(groups)))


def _questions(groups: Sequence[Group]) -> Table:
    rows = tuple(_question_counts(f"{group.data} ({group.kind})", group.first) for group in groups)
    return Table("Questions", ("Data", "Questions", "Answerable", "Unanswerable", "Items"), rows)


def _question_counts(name: str, card: Scorecard) -> tuple[Cell, ...]:
    questions = [prediction.question for prediction in card.predictions]
    answerable = sum(any(label.is_relevant for label in question.labels) for question in questions)
    items = {question.item_id for question in questions}
    return name, len(questions), answerable, len(questions) - answerable, len(items)


def _systems(groups: Sequence[Group]) -> Table:
    rows = tuple(_system(name, group, card) for group in groups for name, card in group.systems.items())
    columns = ("System", "Kind", "Data", "Reads or searches", "Failed")
    return Table("Systems", columns, rows, "A failed question counts as an empty ranking and a wrong answer.")


def _system(name: str, group: Group, card: Scorecard) -> tuple[Cell, ...]:
    return name, group.kind, group.data, _searched(card.header), card.failed


def _searched(header: Header) -> str:
    if header.scope is None:
        return "the right reviews"
    return "reviews of the item" if header.scope == "item" else f"all {header.corpus or 0:,} reviews"


def _measured(group: Group) -> Section:
    tables = (*_measures(group), *_loss(group), *_breakdowns(group), *_mistakes(group), _costs(group))
    text = tuple(_loss_sentence(name, card.loss) for name, card in group.systems.items() if card.loss)
    return Section(group.anchor, f"{TITLES[group.kind]} ({group.data})", text, tables)


def _measures(group: Group) -> Iterator[Table]:
    names = (name for card in group.systems.values() for name in card.measures)
    for title, inside in by_group(names).items():
        headline = _headline(inside)
        yield _scores(group, title, headline)
        if len(inside) > len(headline):
            yield _scores(group, f"{title}, at every cutoff", inside, folded=True)


def _headline(measures: Sequence[str]) -> list[str]:
    """Keep every cutoff of recall, and the largest of the other measures."""
    largest = {family(name): name for name in sorted(measures, key=cutoff)}
    return [name for name in measures if family(name) == "R@k" or name in largest.values()]


def _scores(group: Group, title: str, measures: Sequence[str], *, folded: bool = False) -> Table:
    systems = {name: card.measures for name, card in group.systems.items()}
    baselines = {name: found for name, found in group.baselines.items() if not found.keys().isdisjoint(measures)}
    rows = tuple(_row(name, found, measures) for name, found in (systems | baselines).items())
    return Table(title, ("System", *measures), rows, _counted(group.first, baselines, measures), folded)


def _row(name: str, found: Mapping[str, Estimate], measures: Sequence[str]) -> tuple[Cell, ...]:
    return name, *(found.get(measure, NONE) for measure in measures)


def _counted(card: Scorecard, baselines: Mapping[str, Mapping[str, Estimate]], measures: Sequence[str]) -> str:
    """Say how many questions each measure is over, and each baseline that is over others."""
    by_count: dict[int, list[str]] = {}
    for name in measures:
        if name in card.measures:
            by_count.setdefault(card.measures[name].count, []).append(family(name))
    total = len(card.predictions)
    sentences = [_over(list(dict.fromkeys(names)), count, total) for count, names in by_count.items()]
    return " ".join([*sentences, *_people(baselines)])


def _people(baselines: Mapping[str, Mapping[str, Estimate]]) -> Iterator[str]:
    """Only people are measured by the judgement and not by the question."""
    if people := baselines.get("people"):
        yield f"people: over {max(found.count for found in people.values()):,} judgements."


def _over(measures: Sequence[str], count: int, total: int) -> str:
    counted = f"{', '.join(measures)}: over "
    if count == total:
        return f"{counted}all {total:,} questions."
    if measures[0].endswith("@k"):
        return f"{counted}{count:,} questions with a relevant review; {total - count:,} without one are not counted."
    return f"{counted}{count:,} of {total:,} questions."


def _loss(group: Group) -> Iterator[Table]:
    losses = {name: card.loss for name, card in group.systems.items() if card.loss}
    if losses:
        columns = ("System", "F1 on retrieved reviews", "Lost by retrieval", "Lost by reading", "F1 on right reviews")
        rows = tuple((name, o.pipeline, o.retrieval, o.reading, o.isolated) for name, o in losses.items())
        yield Table("Where F1 is lost", columns, rows, "The first three add up to 1, on identical questions.")


def _loss_sentence(name: str, loss: Loss) -> str:
    retrieval = loss.retrieval.value
    moved = f"{number(abs(retrieval))} {'gained' if retrieval < 0 else 'lost'} by retrieval"
    return (
        f"{name}: of 1, {number(loss.pipeline.value)} answered, {moved}, {number(loss.reading.value)} lost by reading."
    )


def _breakdowns(group: Group) -> Iterator[Table]:
    """Show all measures of a single system; of several systems the main one, and the others on demand."""
    measures = list(dict.fromkeys(name for parts in _parts(group.first).values() for name in parts))
    if measures:
        alone = len(group.systems) == 1
        yield _breakdown(group, "By kind of question", measures if alone else measures[:1])
        if measures[1:] and not alone:
            yield _breakdown(group, f"{', '.join(measures[1:])} by kind of question", measures[1:], folded=True)


def _breakdown(group: Group, title: str, measures: Sequence[str], *, folded: bool = False) -> Table:
    alone = len(group.systems) == 1
    columns = [measure if alone else f"{measure} {name}" for measure in measures for name in group.systems]
    rows = tuple(_part(group, part, measures) for part in _parts(group.first))
    note = "Questions: those that the measures apply to. Small groups have wide intervals."
    return Table(title, ("Group", "Questions", *columns), rows, note, folded)


def _parts(card: Scorecard) -> dict[str, Mapping[str, Estimate]]:
    return {f"{name}: {part}": found for name, parts in card.breakdowns.items() for part, found in parts.items()}


def _part(group: Group, part: str, measures: Sequence[str]) -> tuple[Cell, ...]:
    found = [_parts(card).get(part, {}) for card in group.systems.values()]
    count = max((estimate.count for estimate in found[0].values()), default=0)
    return part, count, *(measured.get(measure, NONE) for measure in measures for measured in found)


def _mistakes(group: Group) -> Iterator[Table]:
    seen = [name for name in OUTCOMES if any(name in card.mistakes for card in group.systems.values())]
    if seen:
        rows = tuple((name, *(_share(card, name) for card in group.systems.values())) for name in seen)
        yield Table("What became of the questions", ("Outcome", *group.systems), rows, "Each question is in one row.")


def _share(card: Scorecard, outcome: str) -> str:
    count = len(card.mistakes.get(outcome, ()))
    return f"{count:,} ({count / len(card.predictions):.1%})"


def _costs(group: Group) -> Table:
    costs = {name: card.cost for name, card in group.systems.items()}
    stages = list(dict.fromkeys(stage for cost in costs.values() for stage in cost.latency))
    rows = tuple(_cost(name, cost, stages) for name, cost in costs.items())
    columns = ("System", *(f"{stage} ms" for stage in stages), "Questions/s", "Peak memory", "Weights")
    note = "Milliseconds a question, p50 / p95 / p99. Questions are asked one at a time; loading is not counted."
    return Table("Time and memory", columns, rows, note)


def _cost(name: str, cost: Cost, stages: Sequence[str]) -> tuple[Cell, ...]:
    times = (_milliseconds(cost.latency.get(stage)) for stage in stages)
    weights = sum(cost.model_bytes.values())
    return name, *times, f"{cost.questions_per_second:.1f}", _size(cost.peak_memory), _size(weights)


def _milliseconds(latency: Latency | None) -> str:
    if latency is None:
        return NONE
    return " / ".join(f"{seconds * 1000:.3g}" for seconds in (latency.p50, latency.p95, latency.p99))


def _size(size: int) -> str:
    if not size:
        return NONE
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _compared(comparison: Comparison, index: int) -> Section:
    columns = ("Systems", "Measure", "Difference", "p, corrected", "Verdict")
    rows = tuple(
        (f"{row.second} against {row.first}", row.measure, row.difference, probability(row.p), row.verdict)
        for row in comparison.rows
    )
    note = "Positive where the first named scores higher. p is corrected for all the comparisons in the table."
    text = ("Paired randomisation tests on identical questions, item by item.",)
    tables = (Table("Differences", columns, rows, note), *_disagreements(comparison))
    header = comparison.header
    title = f"Which differences are more than noise ({data_name(header)}; {header.kind}, {_searched(header)})"
    return Section(f"compared-{index}", title, text, tables)


def _disagreements(comparison: Comparison) -> Iterator[Table]:
    measure = comparison.measures[0]
    for first, second in combinations(comparison.systems, 2):
        columns = ("Question", f"{first} said", f"{second} said", f"{measure} {first}", f"{measure} {second}")
        rows = tuple(
            (one.predictions[0].question.text, *map(_said, one.predictions), *map(number, one.values))
            for one in comparison.disagreements
            if (one.first, one.second) == (first, second)
        )
        if rows:
            yield Table(f"Where {first} and {second} differ most", columns, rows, folded=True)


def _said(prediction: Prediction) -> str:
    if prediction.reading is None:
        return NONE
    return prediction.reading.text or "the reviews don't say"


def _legend(groups: Sequence[Group]) -> Section:
    cards = [card for group in groups for card in group.systems.values()]
    measures = meanings(name for card in cards for name in card.measures)
    baselines = {name: text for name, text in BASELINES.items() if any(name in card.baselines for card in cards)}
    outcomes = {name: text for name, text in OUTCOMES.items() if any(name in card.mistakes for card in cards)}
    return Section("legend", "What the words mean", items=tuple((measures | baselines | outcomes).items()))
