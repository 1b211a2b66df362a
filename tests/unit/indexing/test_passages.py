"""Reviews become overlapping passages with deterministic ids, and can be put together again."""

from itertools import pairwise

import pytest
from haystack import Document
from hypothesis import given
from hypothesis import strategies as st

from qa_system.indexing.passages import cut, passages_of, stored_question
from qa_system.reading.locator import whole_review
from qa_system.records import Label, Question

SENTENCE = "The strap broke after a week. "
texts = st.lists(
    st.sampled_from([SENTENCE, "word ", "日本語です。", "x" * 70, "\n\n", "👍 ", "Why?! "]), max_size=60
).map("".join)


def review(text: str, **meta: object) -> Document:
    return Document(id="R1", content=text, meta={"item_id": "I1", "review_id": "R1", **meta})


def passages(document: Document, **overrides: object) -> list[Document]:
    return passages_of(document, **{"source": "test", "length": 100, "overlap": 30, **overrides})


@given(texts, st.integers(20, 200), st.data())
def test_passages_cover_the_text_and_fit(text: str, length: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, length // 2))
    spans = list(cut(text, length=length, overlap=overlap))
    assert all(0 < end - start <= length for start, end in spans)
    assert [spans[0][0], spans[-1][1]] == [0, len(text)] if text else not spans
    for (start, end), (next_start, next_end) in pairwise(spans):
        assert start < next_start <= end < next_end
        assert end - next_start <= overlap


@given(texts)
def test_a_review_can_be_put_together_from_its_passages(text: str) -> None:
    cut_up = passages(review(text, rating=4.0))
    if not cut_up:
        assert not text.strip()
        return
    whole = whole_review(list(reversed(cut_up)))
    assert whole.content == text.strip() or "\n" in text
    assert whole.id == "R1"
    assert whole.meta == {"item_id": "I1", "review_id": "R1", "rating": 4.0}
    for passage in cut_up:
        start = passage.meta["split_idx_start"]
        assert whole.content[start : start + len(passage.content)] == passage.content


def test_cuts_after_sentences() -> None:
    contents = [passage.content for passage in passages(review(SENTENCE * 10))]
    assert all(content.startswith("The strap") and content.rstrip().endswith("week.") for content in contents)


def test_a_short_review_is_one_passage() -> None:
    (passage,) = passages(review("Great!"))
    assert passage.content == "Great!"
    assert (passage.meta["split_id"], passage.meta["split_idx_start"]) == (0, 0)


def test_ids_depend_on_the_review_alone() -> None:
    first, again = passages(review(SENTENCE * 10)), passages(review(SENTENCE * 10), source="elsewhere")
    assert [passage.id for passage in first] == [passage.id for passage in again]
    assert len({passage.id for passage in first}) == len(first)
    other_item = review(SENTENCE * 10, item_id="I2")
    assert not {passage.id for passage in first} & {passage.id for passage in passages(other_item)}


@pytest.mark.parametrize("change", [{"rating": 2.0}, {"source": "elsewhere"}, {"length": 90}])
def test_the_fingerprint_tells_a_change(change: dict) -> None:
    meta = {"rating": change.pop("rating", 1.0)}
    before, after = passages(review(SENTENCE, rating=1.0)), passages(review(SENTENCE, **meta), **change)
    assert before[0].meta["fingerprint"] != after[0].meta["fingerprint"]


def test_markup_alone_is_no_review() -> None:
    assert passages(review("<br /> &nbsp;")) == []


def test_labels_follow_the_cleaning() -> None:
    raw = "<b>Well</b>: the bass &amp; treble are <i>superb</i>!"
    start = raw.index("bass")
    label = Label("R1", text=raw[start:-1], start=start, end=len(raw) - 1)
    question = Question("q", "How is the sound?", labels=(label, Label("R1")), context=raw)
    moved = stored_question(question)
    assert moved.context == "Well: the bass & treble are superb!"
    assert moved.labels[0].text == "bass & treble are superb"
    assert moved.context[moved.labels[0].start : moved.labels[0].end] == moved.labels[0].text
    assert moved.labels[1] == Label("R1")


def test_a_question_on_stored_reviews_stays_as_it_is() -> None:
    question = Question("q", "Any good?", labels=(Label("R1", "yes", 0, 3),))
    assert stored_question(question) is question
