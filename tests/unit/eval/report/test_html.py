import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.eval.compare import compare
from qa_system.eval.predictions import Agreed, Answer, Prediction, Ranked, Reading, Stand
from qa_system.eval.report.html import html
from qa_system.eval.scorecard import Scorecard
from qa_system.records import Label, Question

OURS = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "div", "span", "bdi"),
    *("h1", "h2", "h3", "h4", "h5", "p", "ul", "li", "dl", "dt", "dd", "a", "q", "mark", "pre", "article"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption"),
    *("svg", "g", "path", "defs", "clippath", "rect", "use", "text", "pattern"),
}
VOID = {"meta"}
HOSTILE = '<script src="//evil.example/x.js">alert(1)</script><img src=x onerror=alert(1)>"\'&\u202e\x00\x1b[31m'


class Page(HTMLParser):
    """Elements and their attributes, the text of the page, and whether what opens is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.fixture(scope="module")
def cards(scored: Callable[..., Scorecard]) -> list[Scorecard]:
    return [
        scored("retriever", "bm25", "item"),
        scored("retriever", "dense", "item"),
        scored("reader", "minilm"),
        scored("pipeline", "hybrid + minilm", "item"),
    ]


@pytest.fixture(scope="module")
def source(cards: list[Scorecard]) -> str:
    return html(cards, [compare(cards[:2])])


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def mistaken(card: Scorecard, text: str) -> Scorecard:
    """A scorecard without curves whose only question, answer, label and names are a text."""
    question = Question(text, text, text, (Label(text, text, 0, len(text)),), meta={"domain": text})
    answer = Answer(text, 0.5, text, text, 0, 1, (text, text, text))
    cited = replace(answer, review_id=None, context=(text, text))
    predictions = tuple(
        Prediction(question, reading=Reading((one,), 0.5, abstained), error=text)
        for one in (answer, cited)
        for abstained in (True, False)
    )
    header = replace(card.header, system=text, data={"path": text, "split": text}, settings={text: text})
    return replace(
        card, header=header, predictions=predictions, mistakes={"wrong span": (0, 1, 2, 3)}, curves={}, measures={}
    )


def test_is_a_whole_page_that_loads_nothing(source: str, page: Page) -> None:
    assert source.startswith("<!DOCTYPE html>")
    assert page.open == []
    assert page.tags <= OURS
    assert not re.search(r"@import|url\((?!#)", source)
    for _, attributes in page.elements:
        assert all(
            value and value.startswith("#") for name, value in attributes.items() if name.endswith(("src", "href"))
        )


def test_anchors_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert len(ids) == len(set(ids))
    assert {f"#{name}" for name in ("asked", "retriever-1", "reader-2", "pipeline-3", "compared-1", "legend")} < links
    assert links <= {f"#{name}" for name in ids}


def test_tables_and_plots_can_be_read_out(page: Page) -> None:
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in page.elements if tag == "th")
    plots = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(plots) == 3 + 5 + 6
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in plots)


def test_shows_mistakes_in_full(source: str) -> None:
    assert "<bdi>I bought it for my son. <mark>The bass is deep and clean</mark>, and the cable is long" in source
    assert "<q><bdi>bass is deep</bdi></q> (2 annotators)" in source
    assert "ModelError: the GPU fell off" in source


def test_names_the_review_of_an_answer_and_other_items_only(source: str, cards: list[Scorecard]) -> None:
    assert re.search(r"It answered from review <bdi>r1</bdi> of item <bdi>item\d</bdi>, \d+% sure", source)
    assert re.search(r"Retrieved reviews, best first: (<bdi>r\d</bdi>, ){4}<bdi>r\d</bdi>, …", source)
    elsewhere = tuple(replace(one, ranking=(Ranked("other", "r7", 1.0),)) for one in cards[3].predictions)
    assert "<bdi>r7</bdi> of item <bdi>other</bdi>" in html([replace(cards[3], predictions=elsewhere)])


def test_words_stand_left(source: str) -> None:
    assert '<th scope="col" class="words"><bdi>Kind</bdi></th>' in source
    assert '<th scope="col"><bdi>Failed</bdi></th>' in source


def test_a_consensus_shows_its_sides(scored: Callable[..., Scorecard]) -> None:
    card = scored("consensus", "agreed", "item")
    hostile = Stand(HOSTILE, (Answer(HOSTILE, 0.5, "i", HOSTILE, 0, 4, (HOSTILE, HOSTILE, HOSTILE)),))
    label = Label("r1", "bass", 0, 4, side=HOSTILE)
    mistake = Prediction(Question("q", "Why?", "i", (label,)), consensus=Agreed("opinion", (hostile,), 1.0))
    written = html([card, replace(card, predictions=(mistake,), mistakes={"wrong side": (0,)})])
    page = Page(written)
    assert page.tags <= OURS
    assert page.open == []
    assert "on the leading side, positive" in page.text
    assert "wrong side" in page.text.casefold()


def test_the_same_runs_give_the_same_bytes(cards: list[Scorecard]) -> None:
    assert html(cards[:1]).encode() == html(cards[:1]).encode()


def test_hostile_words_are_only_words(cards: list[Scorecard]) -> None:
    written = html([mistaken(cards[2], HOSTILE)])
    page = Page(written)
    assert page.tags <= OURS
    assert page.text.count("<script src=") > 10
    assert not re.search(r"[\x00\x1b]", written)


@settings(max_examples=20)
@given(st.text(st.characters(), max_size=30))
def test_any_words_are_only_words(cards: list[Scorecard], text: str) -> None:
    written = html([mistaken(cards[2], f"<{text}")])
    written.encode()
    page = Page(written)
    assert page.open == []
    assert page.tags <= OURS


def test_direction_of_words_stays_their_own(cards: list[Scorecard]) -> None:
    turned = "\u202edlrow"
    written = html([mistaken(cards[2], turned)])
    shown = re.sub(r"<[^>]*>", lambda tag: tag[0] if tag[0] in ("<bdi>", "</bdi>") else "", written)
    isolated = sum(inside.count(turned) for inside in re.findall(r"<bdi>(.*?)</bdi>", shown, re.DOTALL))
    assert isolated == shown.count(turned) > 10


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_from_the_page(source: str, scheme: int) -> None:
    block = re.findall(r":root \{(.*?)\}", source, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for name in ("text", "quiet", "link"):
        assert min(_contrast(colours[name], colours[ground]) for ground in ("page", "shade")) >= 4.5
    assert _contrast(colours["text"], colours["mark"]) >= 4.5
    series = [colour for name, colour in colours.items() if name.startswith("series")]
    assert len(series) == 6
    assert all(_contrast(colour, colours["page"]) >= 3 for colour in series)
