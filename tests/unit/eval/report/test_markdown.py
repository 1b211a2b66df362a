import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.eval.compare import compare
from qa_system.eval.mistakes import OUTCOMES as CLASSES
from qa_system.eval.report.groups import comparisons, grouped
from qa_system.eval.report.legend import BASELINES, MEASURES, OTHER, OUTCOMES, RIGHT, by_group, family
from qa_system.eval.report.markdown import WIDTH, markdown
from qa_system.eval.report.markdown import written as table
from qa_system.eval.report.tables import Table, interval, number, plain, probability, shortened, significant
from qa_system.eval.scorecard import Estimate, Scorecard

NAN = float("nan")


@pytest.fixture(scope="module")
def cards(scored: Callable[..., Scorecard]) -> list[Scorecard]:
    return [
        scored("retriever", "bm25", "item"),
        scored("retriever", "bm25", "corpus"),
        scored("retriever", "dense", "item"),
        scored("reader", "minilm"),
        scored("pipeline", "hybrid + minilm", "item"),
        scored("generator", "rag"),
        scored("consensus", "agreed", "item"),
    ]


@pytest.fixture(scope="module")
def written(cards: list[Scorecard]) -> str:
    return markdown(cards, [compare(cards[:3])])


def tables(text: str) -> Iterator[list[str]]:
    """Blocks of table rows."""
    for block in text.split("\n\n"):
        if block.startswith("|"):
            yield block.splitlines()


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)(?:\\\\)*\|", row)[1:-1]]


def test_tables_are_well_formed_and_fit_a_terminal(written: str) -> None:
    found = list(tables(written))
    assert len(found) > 20
    for rows in found:
        assert {len(cells(row)) for row in rows} == {len(cells(rows[0]))}
        assert set(rows[1]) <= set("|-: ")
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows[0]) <= WIDTH


def test_explains_all_that_it_shows(written: str, cards: list[Scorecard]) -> None:
    explained = set(re.findall(r"^- \*\*(.+?)\*\*: ", written, re.MULTILINE))
    measured = {family(name) for card in cards for name in card.measures}
    baselines = {name for card in cards for name in card.baselines}
    outcomes = {name for card in cards for name in card.mistakes}
    assert explained == measured | baselines | outcomes


def test_the_legend_knows_all_that_the_scorer_measures(cards: list[Scorecard]) -> None:
    assert OTHER not in by_group(name for card in cards for name in card.measures)
    assert {name for card in cards for name in card.baselines} <= BASELINES.keys()
    assert set(CLASSES) == OUTCOMES.keys()


def test_says_what_it_counts(written: str) -> None:
    assert "over 26 questions with a relevant review; 14 without one are not counted." in written
    assert "EM, F1: over all 40 questions." in written
    assert re.search(r"people: over \d+ judgements", written)


def test_a_pipeline_names_its_losses(written: str, cards: list[Scorecard]) -> None:
    (loss,) = (card.loss for card in cards if card.loss)
    moved = "gained" if loss.retrieval.value < 0 else "lost"
    assert f"of 1, {loss.pipeline.value:.3f} answered, {abs(loss.retrieval.value):.3f} {moved} by retrieval" in written


def test_namesakes_are_told_apart(written: str) -> None:
    assert {"bm25 (item)", "bm25 (corpus)", "random (item)", "random (corpus)"} <= {
        cells(row)[0] for rows in tables(written) for row in rows
    }


def test_compares(written: str) -> None:
    rows = next(rows for rows in tables(written) if "Verdict" in rows[0])
    assert len(rows) == 2 + 3 * 2
    assert all(cells(row)[2] in ("better", "worse", "no difference beyond noise") for row in rows[2:])


def test_runs_over_other_data_stand_apart(cards: list[Scorecard]) -> None:
    other = replace(cards[3], header=replace(cards[3].header, data={"path": "x/books", "split": "test"}))
    headings = re.findall(r"^## Reader.*", markdown([cards[3], other]), re.MULTILINE)
    assert [re.findall(r"\((.*)\)", heading) for heading in headings] == [["electronics, test"], ["books, test"]]


def test_the_same_questions_lie_anywhere(cards: list[Scorecard]) -> None:
    moved = replace(cards[3], header=replace(cards[3].header, data={**cards[3].header.data, "path": "elsewhere"}))
    assert len(grouped([cards[3], moved])) == 1


def test_rankings_and_answers_are_broken_down_over_their_own_questions(written: str) -> None:
    pipeline = written.partition("## Pipeline")[2].partition("\n## ")[0]
    parts = dict(re.findall(r"\*\*([^*]*) by kind of question\*\*\n\n(\|.*?)\n\n[^|]", pipeline, re.DOTALL))
    assert [total(part) for part in parts.values()] == [40, 26]


def total(table: str) -> int:
    """The questions of a breakdown."""
    rows = [cells(row) for row in table.split("\n\n")[0].splitlines()]
    return sum(int(row[1]) for row in rows if row[0].startswith("answerable"))


def test_a_table_that_is_cut_keeps_its_stub() -> None:
    wide = Table("", ("Group", "Questions", *("x" * 50,) * 4), (("a", 12, *(1,) * 4),) * 20, stub=2)
    pieces = table(wide).split("\n\n")
    assert len(pieces) > 1
    assert all(cells(piece.splitlines()[2])[:2] == ["a", "12"] for piece in pieces)


def test_words_stand_left_and_numbers_right() -> None:
    rows = (("a", "b", 1), ("long", "longer", 1234))
    assert table(Table("", ("Name", "Words", "Count"), rows, words=2)).splitlines() == [
        "| Name | Words  | Count |",
        "| ---- | ------ | ----: |",
        "| a    | b      |     1 |",
        "| long | longer | 1,234 |",
    ]


def test_shows_a_mistake_of_each_class(written: str, cards: list[Scorecard]) -> None:
    reader = written.partition("was surest**\n\n")[2].partition("\n\n")[0]
    mistakes = [cells(row)[0] for row in reader.splitlines()[2:]]
    assert mistakes == [name for name in cards[3].mistakes if name not in RIGHT]


def test_the_same_runs_give_the_same_report(cards: list[Scorecard], written: str) -> None:
    assert markdown(cards, [compare(cards[:3])]) == written


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=40))
def test_names_cannot_break_out_of_their_cells(cards: list[Scorecard], name: str) -> None:
    card = replace(cards[3], header=replace(cards[3].header, system=f"a{name}"))
    text = markdown([card])
    text.encode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert not re.search(r"(?<!\\)<[a-zA-Z/!?]", text)
    for rows in tables(text):
        assert len({len(cells(row)) for row in rows}) == 1


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.4444, 0.391, 0.5, 9), "0.444 [0.391, 0.500]"),
        (Estimate(NAN, NAN, NAN, 0), "n/a"),
        (Estimate(0.47, NAN, NAN, 9), "0.470"),
        (Estimate(-0.0001, -0.001, 0.01, 9), "0.000 [-0.001, 0.010]"),
    ],
)
def test_writes_estimates(estimate: Estimate, text: str) -> None:
    assert plain(estimate) == text


def test_writes_numbers() -> None:
    assert (number(1), number(NAN), plain(12345), plain("x")) == ("1.000", "n/a", "12,345", "x")
    assert (probability(0.0001), probability(0.0123), probability(NAN)) == ("<0.001", "0.012", "n/a")
    assert interval(Estimate(1, NAN, NAN, 1)) == ""
    assert [significant(value) for value in (0.00001, 0.4497, 3.8, 999.7, 1634, NAN)] == [
        "0.0000100",
        "0.450",
        "3.80",
        "1000",
        "1630",
        "n/a",
    ]
    assert (shortened("a  b\nc", 5), shortened("a bc def", 5)) == ("a b c", "a bc…")


def test_every_meaning_is_a_line() -> None:
    lines = [*BASELINES.values(), *OUTCOMES.values(), *(line for group in MEASURES.values() for line in group.values())]
    assert all(line and "\n" not in line and len(line) < 140 for line in lines)


def test_only_systems_that_compete_are_compared(cards: list[Scorecard]) -> None:
    (comparison,) = comparisons(cards)
    assert comparison.systems == ("bm25", "dense")
    assert {header.scope for header in comparison.headers} == {"item"}


def test_a_comparison_can_stand_alone(cards: list[Scorecard]) -> None:
    text = markdown([], [compare(cards[:3])])
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == [
        "Which differences are more than noise (electronics, test; retriever, reviews of the item and retriever, all "
        "20,000 reviews)"
    ]
