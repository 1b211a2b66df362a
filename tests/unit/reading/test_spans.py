from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa_system.reading.spans import Span, best_spans


@st.composite
def windows(draw):
    """Logits of a window, its question, passage and special tokens, with many equal values among them."""
    before, passage, after = (draw(st.integers(least, most)) for least, most in ((1, 5), (0, 14), (0, 3)))
    tokens = before + passage + after
    logits = st.lists(st.integers(-8, 8).map(lambda half: half / 2), min_size=tokens, max_size=tokens)
    context = np.zeros(tokens, dtype=bool)
    context[before : before + passage] = True
    return np.array(draw(logits), np.float32), np.array(draw(logits), np.float32), context


def every_span(starts, ends, context, max_tokens):
    """All spans allowed, by trying all pairs of tokens; best first, then by first token, then shortest."""
    null_logit = starts[0] + ends[0]
    spans = [
        Span(first, last, float(starts[first] + ends[last] - null_logit))
        for first, last in product(range(len(starts)), repeat=2)
        if first <= last < first + max_tokens and context[first : last + 1].all()
    ]
    return sorted(spans, key=lambda span: (-span.logit, span.start, span.end))


def without_overlaps(spans):
    kept = []
    for span in spans:
        if all(span.end < other.start or other.end < span.start for other in kept):
            kept.append(span)
    return kept


@given(windows(), st.integers(0, 6), st.integers(1, 20))
def test_finds_what_trying_every_span_finds(window, count, max_tokens):
    expected = without_overlaps(every_span(*window, max_tokens))[:count]
    assert best_spans(*window, count=count, max_tokens=max_tokens) == expected


@given(windows(), st.floats(-50, 50, width=16))
def test_a_constant_added_to_all_logits_changes_nothing(window, constant):
    starts, ends, context = window
    moved = best_spans(starts + np.float32(constant), ends, context, count=3, max_tokens=5)
    unmoved = best_spans(starts, ends, context, count=3, max_tokens=5)
    assert np.allclose([span.logit for span in moved], [span.logit for span in unmoved], atol=1e-2)


def test_logits_of_a_question_are_not_touched():
    starts, ends = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 4.0])
    best_spans(starts, ends, np.array([False, True, True]), count=3, max_tokens=2)
    assert starts.tolist() == [1.0, 2.0, 3.0]
    assert ends.tolist() == [1.0, 5.0, 4.0]
