"""Written answers as HTML: what a generator wrote is text, and stands where it belongs."""

from html.parser import HTMLParser

import pytest
from haystack import Document, ExtractedAnswer
from hypothesis import given
from hypothesis import strategies as st

from qa_system.records import Sentence
from qa_system.ui import render_written as render


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def sentence(text: str, *, withheld: bool = False) -> Sentence:
    return Sentence(text, (2, 5), 0.62, [], withheld)


@given(st.text(max_size=80))
def test_nothing_that_was_written_is_taken_for_markup(text: str) -> None:
    shown = [render.draft(text), render.answer([sentence(text)]), render.withheld([sentence(text)], 1)]
    assert Tags("".join(shown)).tags <= {"section", "p", "bdi", "article", "span", "details", "summary", "div"}


def test_a_sentence_stands_with_its_citations_and_support() -> None:
    assert Tags(render.answer([sentence("Deep bass.")])).text == "Deep bass. [2][5] support 62%"


def test_nothing_left_is_an_abstention() -> None:
    assert Tags(render.answer([])).text == "The reviews don't say"


def test_citations_of_nothing_are_counted_only_where_there_are_any() -> None:
    assert "do not exist: 3" in render.withheld([sentence("x")], 3)
    assert "do not exist" not in render.withheld([sentence("x")], 0)


def test_evidence_is_marked_by_offset_in_its_review() -> None:
    review = Document(id="r1", content="So deep. The bass is so deep.", meta={"review_id": "r1"})
    span = ExtractedAnswer(
        query="?", score=0.6, document=review, document_offset=ExtractedAnswer.Span(21, 28), meta={"passage": 3}
    )
    shown = render.evidence(span, {"bm25": 1})
    assert "The bass is <mark>so deep</mark>." in shown
    assert "[3]" in shown
    with pytest.raises(ValueError, match="place of a review"):
        render.evidence(ExtractedAnswer(query="?", score=0.1), {})
