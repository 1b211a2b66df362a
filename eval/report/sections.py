"""The report as sections of sentences and tables: what is said, before it is Markdown or HTML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from qa_system.eval.compare import Comparison
from qa_system.eval.predictions import Prediction
from qa_system.eval.report.groups import Group, data_name, grouped, searched
from qa_system.eval.report.legend import BASELINES, OUTCOMES, meanings
from qa_system.eval.report.measured import answerable, loss_sentence, measured
from qa_system.eval.report.tables import NONE, Cell, Table, number, probability
from qa_system.eval.runs import Kind
from qa_system.eval.scorecard import Scorecard

TITLES: dict[Kind, str] = {
    "retriever": "Retriever: finding the reviews",
    "reader": "Reader: answering from the right reviews",
    "pipeline": "Pipeline: answering from what was retrieved",
    "generator": "Generator: answers in its own words",
    "consensus": "Consensus: what reviewers agree on",
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
    columns = ("Data", "Questions", "Answerable", "Unanswerable", "Items", "Not asked")
    return Table("Questions", columns, rows, "Not asked: questions of the data that nobody labelled.")


def _question_counts(name: str, card: Scorecard) -> tuple[Cell, ...]:
    total, with_answer = len(card.predictions), answerable(card)
    items = {prediction.question.item_id for prediction in card.predictions}
    not_asked = int(card.header.data.get("unlabelled", 0))
    return name, total, with_answer, total - with_answer, len(items), not_asked


def _systems(groups: Sequence[Group]) -> Table:
    rows = tuple(_system(name, group, card) for group in groups for name, card in group.systems.items())
    columns = ("System", "Kind", "Data", "Reads or searches", "Failed")
    return Table("Systems", columns, rows, "A failed question counts as an empty ranking and a wrong answer.", words=4)


def _system(name: str, group: Group, card: Scorecard) -> tuple[Cell, ...]:
    return name, group.kind, group.data, searched(card.header), card.failed


def _measured(group: Group) -> Section:
    text = tuple(loss_sentence(name, card.loss) for name, card in group.systems.items() if card.loss)
    return Section(group.anchor, f"{TITLES[group.kind]} ({group.data})", text, measured(group))


def _compared(comparison: Comparison, index: int) -> Section:
    columns = ("Systems", "Measure", "Verdict", "Difference", "p, corrected")
    rows = tuple(
        (f"{row.second} against {row.first}", row.measure, row.verdict, row.difference, probability(row.p))
        for row in comparison.rows
    )
    note = "Positive where the first named scores higher. p is corrected for all the comparisons in the table."
    text = ("Paired randomisation tests on identical questions, item by item.",)
    tables = (Table("Differences", columns, rows, note, words=3, stub=2), *_disagreements(comparison))
    asked = " and ".join(dict.fromkeys(f"{header.kind}, {searched(header)}" for header in comparison.headers))
    title = f"Which differences are more than noise ({data_name(comparison.headers[0])}; {asked})"
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
            yield Table(f"Where {first} and {second} differ most", columns, rows, folded=True, words=3)


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
