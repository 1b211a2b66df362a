import unicodedata
from itertools import combinations

import pytest
from haystack import Document
from hypothesis import given
from hypothesis import strategies as st

from qa_system.reading.answers import Candidate, best_places, extracted

# Letters, white space, a combining accent, an emoji with a variation selector, a surrogate pair in UTF-16, a lone one.
CHARACTERS = st.sampled_from(["a", "b", " ", "\n", "\u0301", "❤", "\ufe0f", "🎧", "\ud83d", "é"])


@st.composite
def candidates(draw):
    text = draw(st.text(CHARACTERS, min_size=1, max_size=40))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    optional = {"review_id": st.just("r"), "split_idx_start": st.integers(0, 20)}
    meta = draw(st.fixed_dictionaries({}, optional=optional))
    return Candidate.trimmed(Document(id="p", content=text, meta=meta), start, end, float(draw(st.integers(-5, 5))))


@given(candidates(), st.integers(0, 50))
def test_offsets_mark_the_answer_in_passage_and_snippet(candidate, context_chars):
    answer = extracted("q", candidate, score=0.5, context_chars=context_chars)
    text, context = answer.document.content, answer.context
    assert text[answer.document_offset.start : answer.document_offset.end] == answer.data
    assert context[answer.context_offset.start : answer.context_offset.end] == answer.data
    assert context in text
    assert len(context) <= len(answer.data) + 2 * context_chars


@given(candidates())
def test_review_offsets_are_those_of_the_passage_moved_by_its_own(candidate):
    answer = extracted("q", candidate, score=0.5, context_chars=10)
    moved_by = answer.document.meta.get("split_idx_start", 0)
    assert answer.meta["review_offset"] == {
        "start": answer.document_offset.start + moved_by,
        "end": answer.document_offset.end + moved_by,
    }


@given(candidates())
def test_an_answer_is_whole_characters_without_white_space_around(candidate):
    text = candidate.document.content
    answer = text[candidate.start : candidate.end]
    if candidate.start < candidate.end:
        assert not answer[0].isspace()
        assert not answer[-1].isspace()
        assert not text[candidate.end : candidate.end + 1] or not unicodedata.combining(text[candidate.end])


@given(st.lists(candidates(), max_size=12), st.integers(0, 5))
def test_one_answer_to_a_place_and_none_better_left_out(found, top_k):
    chosen = best_places(found, top_k)
    assert len(chosen) <= top_k
    assert [candidate.logit for candidate in chosen] == sorted((c.logit for c in chosen), reverse=True)
    assert not any(one.same_place(other) for one, other in combinations(chosen, 2))
    for left_out in found:
        full = len(chosen) == top_k and all(left_out.logit <= candidate.logit for candidate in chosen)
        covered = any(left_out.same_place(candidate) and left_out.logit <= candidate.logit for candidate in chosen)
        assert left_out in chosen or full or covered or left_out.start == left_out.end


def test_the_same_words_in_two_passages_of_a_review_are_one_answer():
    review = "Great sound. The bass is deep. The rest is fine."
    first = Document(content=review[:30], meta={"review_id": "r", "split_idx_start": 0})
    second = Document(content=review[13:], meta={"review_id": "r", "split_idx_start": 13})
    other = Document(content=review[13:], meta={"review_id": "another", "split_idx_start": 13})
    found = [Candidate(first, 13, 29, 2.0), Candidate(second, 0, 16, 3.0), Candidate(other, 0, 16, 1.0)]
    assert best_places(found, 5) == [found[1], found[2]]


@pytest.mark.parametrize(
    ("context_chars", "context"),
    [(0, "deep"), (3, "is deep"), (4, "is deep and"), (13, "The bass is deep and the mids"), (99, None)],
)
def test_a_snippet_ends_between_words(context_chars, context):
    review = "Well. The bass is deep and the mids are muddy."
    candidate = Candidate(Document(content=review), 18, 22, 1.0)
    assert extracted("q", candidate, score=0.5, context_chars=context_chars).context == (context or review)
