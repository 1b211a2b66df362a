import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa_system.eval.report.groups import Group, grouped
from qa_system.eval.report.plots import Plot, plots
from qa_system.eval.scorecard import Curve, Scorecard


@pytest.fixture(scope="module")
def groups(scored: Callable[..., Scorecard]) -> list[Group]:
    return grouped(
        [
            scored("retriever", "bm25", "item"),
            scored("retriever", '$x_1$ <b>&"dense" with a very long name indeed', "item"),
            scored("reader", "minilm"),
        ]
    )


@pytest.fixture(scope="module")
def drawn(groups: Sequence[Group]) -> list[Plot]:
    return [plot for group in groups for plot in plots(group)]


def test_each_kind_of_run_has_its_plots(groups: Sequence[Group]) -> None:
    lengths = ["Length of the questions", "Length of the right reviews"]
    retriever, reader = ([plot.title for plot in plots(group)] for group in groups)
    assert retriever == ["Recall by depth, reviews of the item", *lengths]
    assert reader == ["EM and F1", "Reliability", "Risk and coverage", *lengths]


def test_depth_in_an_item_and_in_the_corpus_are_drawn_apart(scored: Callable[..., Scorecard]) -> None:
    (group,) = grouped([scored("retriever", "bm25", scope) for scope in ("item", "corpus")])
    within, over, *_ = plots(group)
    assert [within.title, over.title] == ["Recall by depth, reviews of the item", "Recall by depth, all 20,000 reviews"]
    assert "bm25 (item)" in within.svg
    assert "bm25 (corpus)" not in within.svg


def test_bins_of_few_answers_are_hollow(scored: Callable[..., Scorecard]) -> None:
    card = scored("reader", "minilm")
    marks = []
    for weight in (4, 5):
        curve = Curve(np.array([0.25, 0.75]), np.array([0.5, 0.5]), np.array([weight, 9]))
        (plot,) = plots(*grouped([replace(card, curves={"reliability": curve}, measures={})]))
        marks.append(plot.svg.count("fill: none; stroke: var(--series-0)"))
    assert marks[0] > marks[1]


def test_is_well_formed_and_says_what_it_is(drawn: Sequence[Plot]) -> None:
    for plot in drawn:
        svg = ET.fromstring(plot.svg)
        assert svg.tag == "svg"
        assert svg.get("role") == "img"
        assert svg.get("aria-label") == f"{plot.title}. {plot.caption}"


def test_names_are_shown_as_they_are(drawn: Sequence[Plot]) -> None:
    words = [text for element in ET.fromstring(drawn[0].svg).iter("text") for text in element.itertext()]
    assert '$x_1$ <b>&"dense" with a very long name indeed' in words


def test_ids_of_a_page_do_not_collide_and_lead_somewhere(drawn: Sequence[Plot]) -> None:
    page = "".join(plot.svg for plot in drawn)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', page)) <= set(ids)


def test_takes_colours_and_font_from_the_page(drawn: Sequence[Plot]) -> None:
    for plot in drawn:
        assert "currentColor" in plot.svg
        assert not re.search(r"#0000|font: |font-family|<style", plot.svg)
        assert set(re.findall(r"#[0-9a-f]{6}", plot.svg)) <= {"#ffffff"}


def test_the_same_runs_give_the_same_bytes(groups: Sequence[Group]) -> None:
    assert plots(groups[0]) == plots(groups[0])


def test_what_is_not_known_leaves_a_gap(scored: Callable[..., Scorecard]) -> None:
    card = scored("retriever", "bm25", "item")
    unknown = Curve(np.array([1.0, 2.0]), np.array([np.nan, 0.5]))
    (plot,) = plots(*grouped([replace(card, curves={"recall": unknown}, baselines={})]))
    assert "nan" not in plot.svg
