"""What reviewers agree on as HTML: counts in words and in a bar, both sides at their places, text of others as text."""

import re
from html.parser import HTMLParser

import pytest
from haystack import Document, ExtractedAnswer
from hypothesis import given
from hypothesis import strategies as st

from qa_system.records import Consensus, Side
from qa_system.ui import render_consensus as render


class Shown(HTMLParser):
    """The text, the tags, the attributes, and what a screen reader reads of pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.pictures: list[str] = []
        self.styles: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        said = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(said)
        self.styles += [said["style"]] if "style" in said else []
        if said.get("role") == "img":
            self.pictures.append(said["aria-label"])

    def handle_data(self, data: str) -> None:
        self.text += data


def quote(text: str, start: int = 0, end: int | None = None, review: str = "r1", **meta: object) -> ExtractedAnswer:
    document = Document(id=review, content=text, meta={"item_id": "i1", "review_id": review, **meta})
    span = ExtractedAnswer.Span(start, len(text) if end is None else end)
    return ExtractedAnswer(
        query="?", score=0.8, data=text[span.start : span.end], document=document, document_offset=span
    )


def side(stance: str, count: int, text: str = "The bass is so deep.") -> Side:
    return Side(stance, [quote(text, review=f"{stance}{number}") for number in range(count)])


def consensus(*sides: Side, kind: str = "yes/no", copies: int = 0) -> Consensus:
    speaking = sum(one.support for one in sides)
    return Consensus(kind, sides, sides[0].support / speaking if speaking else 0, (0.47, 0.91), 16, copies)


DIVIDED = consensus(side("yes", 9), side("no", 3))


def test_the_verdict_stands_first_and_the_sides_below_it() -> None:
    text = Shown(render.consensus_card(DIVIDED)).text
    order = ("What reviewers agree on", "16 reviews read", "Mostly yes (9 of 12)", "Agreement 75%", "Yes", "No")
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "9 reviewers" in text
    assert "3 reviewers" in text


def test_the_bar_is_told_in_words_and_drawn_to_scale() -> None:
    shown = Shown(render.consensus_card(DIVIDED))
    assert shown.pictures[0] == "9 yes, 3 no"
    assert shown.styles == ["width:75.00%", "width:25.00%", "left:47.00%;width:44.00%"]
    assert "Agreement 75%; for all such reviewers, 47% to 91% is likely" in shown.text


def test_the_same_stance_looks_the_same_whoever_leads() -> None:
    fills = re.findall(r"qa-part (qa-\w+)", render.bar([side("no", 4), side("yes", 2), side("neutral", 1)]))
    assert fills == ["qa-against", "qa-for", "qa-between"]


def test_a_side_without_reviewers_is_not_drawn() -> None:
    assert render.silent_bar([side("positive", 0), side("negative", 2)]).count("qa-part") == 1
    assert 'aria-hidden="true"' in render.silent_bar([side("positive", 1)])


def test_of_one_reviewer_there_is_nothing_to_measure() -> None:
    shown = Shown(render.consensus_card(consensus(side("no", 1))))
    assert "No, says the one review that speaks of it" in shown.text
    assert shown.pictures == []
    assert "Agreement" not in shown.text


def test_nothing_to_count_is_no_second_abstention() -> None:
    text = Shown(render.consensus_card(consensus())).text
    assert render.NOTHING_COUNTED in text
    assert "don't say" not in text


def test_copies_are_told() -> None:
    assert "16 reviews read, 3 of them copies, which count once" in render.consensus_card(consensus(copies=3))
    assert "a copy, which counts once" in render.consensus_card(consensus(copies=1))
    assert "cop" not in Shown(render.consensus_card(consensus())).text


def test_many_quotes_open_and_the_rest_is_counted() -> None:
    html = render.quotes(side("yes", render.QUOTES + render.MORE_QUOTES + 7))
    first, _, more = html.partition('<details class="qa-folded">')
    assert first.count("<article") == render.QUOTES
    assert more.count("<article") == render.MORE_QUOTES
    assert f"{render.MORE_QUOTES} more</summary>" in more
    assert "and 7 more" in more
    assert "<details" not in render.quotes(side("yes", render.QUOTES))


def test_facts_are_told_in_the_words_of_their_best_quote_and_many_are_folded() -> None:
    sides = [side("", 6 - number, f"about {number}0 hours") for number in range(6)]
    shown = render.consensus_card(consensus(*sides, kind="factual"))
    visible, _, folded = shown.partition('<details class="qa-folded"><summary>2 other answers')
    assert "“about 00 hours”" in visible
    assert "“about 50 hours”" not in visible.partition('<div class="qa-sides">')[2]
    assert "“about 50 hours”" in folded


def test_a_quote_is_marked_by_offset_in_its_review() -> None:
    review = "The bass. " * 60
    html = render.quote(quote(review, 300, 308, rating=4, date="2024-03-03"))
    assert html.count("<mark>The bass</mark>") == 2  # in the snippet, and in the whole
    whole = html[html.index('<p class="qa-text"><bdi>') + len('<p class="qa-text"><bdi>') :]
    assert whole.index("<mark>") == 300
    assert "3 March 2024" in html
    assert 'aria-label="rated 4"' in html
    with pytest.raises(ValueError, match="stands in a review"):
        render.quote(ExtractedAnswer(query="?", score=0.1))


@given(st.text(min_size=1, max_size=300), st.text())
def test_nothing_of_others_is_taken_for_markup(text: str, title: str) -> None:
    sides = (Side("", [quote(text)] * 4), Side("", [quote(text + "<b>", review=text)]))
    html = render.consensus_card(consensus(*sides, kind="factual"), title) + render.waiting(title)
    shown = Shown(html)
    ours = {"section", "h2", "h3", "small", "p", "div", "i", "bdi", "article", "details", "summary", "span", "mark"}
    assert shown.tags <= ours
    assert shown.attributes <= {"class", "role", "aria-label", "style"}
    assert "\n" not in html
