"""Whatever a review, question or name holds is shown as text, and the highlight stands where the offsets say."""

import re
import textwrap
from html.parser import HTMLParser

import pytest
from haystack import Document, ExtractedAnswer
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa_system.ui import render

HOSTILE = [
    "<script>alert(1)</script>",
    "</p></details></article><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp;amp; &#60;",
    "**bold** _x_ `code` [link](javascript:alert(1)) ~~no~~",
    "$\\int x$ :smile: :material/home: :red[x] :streamlit: -> <- --",
    "\"quoted\" 'and' `so`",
    "a\n    indented\n\n\tblank lines \n  ",
    "مرحبا שלום \u202eevil 👩‍👩‍👧 e\u0301",
    "x" * 5000,
]
texts = st.one_of(st.text(), st.sampled_from(HOSTILE), st.text(alphabet="<>&\"'/=! abmark-:*_$`\n\t\r\0\ud800"))
offsets = st.integers(-5, 40)


class Shown(HTMLParser):
    """What a browser would show of HTML: its text, its tags, and the text inside each mark."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.marks, self.attributes = "", [], [], set()
        self._open = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "mark":
            self._open = True
            self.marks.append("")

    def handle_endtag(self, tag):
        self._open = self._open and tag != "mark"

    def handle_data(self, data):
        self.text += data
        if self._open:
            self.marks[-1] += data


def on_a_page(text: str) -> str:
    """The text as a page can hold it, of the same length."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", "\ufffd", text)


@given(texts, offsets, offsets)
@example("the bass, the bass", 10, 18)
@example("a<b>c", 1, 4)
def test_the_text_is_the_review_and_the_mark_is_the_span(text: str, start: int, end: int) -> None:
    shown = Shown(render.marked(text, start, end))
    assert shown.text == on_a_page(text)
    start, end = min(max(start, 0), len(text)), min(max(end, 0), len(text))
    assert shown.marks == ([on_a_page(text[start:end])] if start < end else [])
    assert shown.tags == ["mark"] * len(shown.marks)


@given(texts)
def test_what_streamlit_does_to_html_leaves_it_alone(text: str) -> None:
    html = f"<p>{render.escaped(text)}</p>"
    assert textwrap.dedent(html).strip() == html
    assert "\n" not in html


@given(texts)
def test_a_label_reads_as_the_text(text: str) -> None:
    parsed = MarkdownIt("commonmark").enable("strikethrough").render(render.label(text))
    shown = Shown(parsed)
    assert shown.text.replace("\N{WORD JOINER}", "").split() == on_a_page(text.replace("\N{WORD JOINER}", "")).split()
    assert set(shown.tags) <= {"p"}


@pytest.mark.parametrize("text", [":smile:", ":material/home:", ":red[x]", "->", "<-", ":streamlit:", "$x$", "--"])
def test_a_label_holds_no_word_that_streamlit_makes_a_symbol_of(text: str) -> None:
    assert text not in render.label(text).replace("\\", "")


def answer(review: str, start: int, end: int, **meta: object) -> ExtractedAnswer:
    document = Document(id="r1", content=review, meta={"item_id": "i1", "review_id": "r1", **meta})
    span = ExtractedAnswer.Span(start, end)
    return ExtractedAnswer(query="?", score=0.83, data=review[start:end], document=document, document_offset=span)


@given(st.text(min_size=1, max_size=3000), st.data())
def test_a_card_holds_the_whole_review_and_marks_the_answer_alone(review: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(review) - 1))
    end = data.draw(st.integers(start + 1, len(review)))
    shown = Shown(render.answer_card(answer(review, start, end), {"bm25": 1}, first=True))
    assert on_a_page(review) in shown.text
    assert set(shown.marks) == {on_a_page(review[start:end])}
    assert len(shown.marks) in (1, 2)


@given(st.text(), st.text(), st.one_of(st.floats(), st.text()), st.text(), st.text())
def test_nothing_of_a_card_is_taken_for_markup(text: str, name: str, rating: object, day: str, finder: str) -> None:
    meta = {"item_name": name, "rating": rating, "date": day, "review_id": name}
    card = render.answer_card(answer(f"{text}!", 0, 1, **meta), {finder: 1}, first=False)
    passage = Document(content=text, meta={**meta, "item_id": name, "found_by": {finder: 3}})
    page = Shown(card + render.passages([passage]) + render.notice(text, advice=name) + render.heading(text, name))
    ours = {"article", "p", "bdi", "details", "summary", "span", "mark", "time", "i", "div", "h2", "small"}
    assert set(page.tags) <= ours
    assert page.attributes <= {"class", "role", "aria-label"}


def test_a_phrase_that_repeats_is_marked_where_the_offsets_say() -> None:
    review = "The bass. " * 60
    shown = render.review_in_place(Document(content=review), 300, 308)
    assert shown.count("<mark>The bass</mark>") == 2  # in the snippet, and in the whole
    assert shown.index("<mark>", shown.index('<p class="qa-text">')) - shown.index('<p class="qa-text">') == len(
        '<p class="qa-text"><bdi>' + review[:300]
    )


def test_a_snippet_begins_and_ends_between_words_around_the_answer() -> None:
    words = " ".join(f"word{number}" for number in range(300))
    start = words.index("word150")
    snippet = Shown(render.review_in_place(Document(content=words), start, start + 7)).text.split("…")[1]
    assert snippet.split() == [word for word in words.split() if word in snippet.split()]
    assert "word150" in snippet
    assert len(snippet) < 400


@pytest.mark.parametrize(
    ("rating", "shown"), [(4, "★★★★★"), (3.5, "★★★★★"), (0, "★★★★★"), (87, "rated 87"), (-1, "rated -1")]
)
def test_stars(rating: float, shown: str) -> None:
    assert Shown(render.stars(rating)).text == shown


def test_stars_are_read_out_as_a_number() -> None:
    assert 'aria-label="rated 3.5"' in render.stars(3.5)


@pytest.mark.parametrize("rating", [float("nan"), "five", None, [5]])
def test_ratings_that_are_no_number_are_left_out(rating: object) -> None:
    assert Shown(render.source_line({"rating": rating, "review_id": "r1"}, {})).text == "review r1"


def test_times_are_told_apart_where_there_are_two_ways() -> None:
    assert (
        Shown(render.times([("bm25", {"retrieval": 0.0123, "reading": 1.5})])).text
        == "TimeRetrieval12 msReading1,500 ms"
    )
    assert "dense" in render.times([("bm25", {}), ("dense", {})])
    assert render.times([("bm25", {}), ("bm25", {})]).count("bm25") == 2
