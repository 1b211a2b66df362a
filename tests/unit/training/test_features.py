from random import Random

import numpy as np
import pytest
from haystack import Document
from hypothesis import assume, given
from hypothesis import strategies as st

from qa_system.reading.answers import Candidate
from qa_system.reading.spans import best_spans
from qa_system.training.features import Featurizer, target
from qa_system.training.mixture import Mixture, TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.sampling import Sample, Sampler

WORDS = st.lists(st.sampled_from(["bass", "🎧", "e\u0301", "deep"]), min_size=1, max_size=100)


def logits(window, token):
    return np.where(np.arange(len(window)) == token, 10.0, 0.0)


@given(WORDS, st.data())
def test_what_training_teaches_is_what_serving_reads(cutter, words, data):
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(len(words) - 1, first + 5)))
    start, end = len(" ".join(words[:first])) + bool(first), len(" ".join(words[: last + 1]))
    found = [(window, target(window, (start, end))) for window in cutter.windows([("How is it?", text)])]
    taught = [(window, tokens) for window, tokens in found if tokens not in (None, (0, 0))]
    assert taught
    for window, (first_token, last_token) in taught:
        starts, ends = logits(window, first_token), logits(window, last_token)
        (span,) = best_spans(starts, ends, window.context, count=1, max_tokens=30)
        offsets = int(window.offsets[span.start, 0]), int(window.offsets[span.end, 1])
        assert Candidate.trimmed(Document(content=text), *offsets, span.logit).end == end
        assert offsets[0] == start


@given(WORDS, st.integers(0, 99), st.integers(1, 40))
def test_a_window_with_a_part_of_the_answer_teaches_nothing(cutter, words, first, count):
    assume(first + count <= len(words))
    words = [f"{word}{number}" for number, word in enumerate(words)]
    text = " ".join(words)
    start, end = len(" ".join(words[:first])) + bool(first), len(" ".join(words[: first + count]))
    wanted = set(words[first : first + count])
    for window in cutter.windows([("How is it?", text)]):
        held = wanted & {text[a:b] for a, b in window.offsets[window.context]}
        tokens = target(window, (start, end))
        if tokens is None:
            assert held not in (set(), wanted)
        elif tokens == (0, 0):
            assert not held
        else:
            assert held == wanted


def test_no_answer_points_at_the_first_token(cutter):
    (window,) = cutter.windows([("How is it?", "deep bass")])
    assert target(window, None) == (0, 0)


def test_a_long_review_gives_one_window_mostly_with_the_answer(cutter):
    text = "red " * 100 + "deep " + "red " * 100
    samples = [Sample("How is it?", "plain", text, (400, 404))] * 500
    featurizer = Featurizer(cutter, {}, batch_tokens=320)
    made = list(featurizer.batches(samples, Random(0)))
    starts = np.concatenate([batch.starts for batch in made])
    assert len(starts) == len(samples)
    assert 0.1 < np.mean(starts == 0) < 0.3


def test_an_answer_longer_than_a_window_is_left_out(cutter):
    sample = Sample("How is it?", "plain", "deep " * 100, (0, 499))
    assert list(Featurizer(cutter, {}, batch_tokens=320).batches([sample], Random(0))) == []


def test_questions_get_the_words_of_their_style(cutter):
    samples = [Sample("How is it?", style, "deep bass", None) for style in ("opinion", "plain")]
    (batch,) = Featurizer(cutter, {"opinion": "opinion: "}, batch_tokens=320).batches(samples, Random(0))
    assert sorted(int((~window.context).sum()) for window in batch.windows) == [6, 7]


@pytest.fixture
def mixture(write_source):
    rows = [(f"How is {n}?", f"{'red ' * (n % 20)}{n} is deep.", ["deep"]) for n in range(1300)]
    return Mixture.load([TrainingSource(write_source("many.jsonl", *rows))])


def test_a_schedule_is_the_same_each_time_and_ends_on_whole_epochs(cutter, mixture):
    recipe = Recipe(epochs=2, batch_tokens=640, max_seq_length=32, stride=8)
    featurizer = Featurizer(cutter, {}, batch_tokens=640)
    first, second = (list(featurizer.schedule(Sampler(mixture.train, recipe), recipe)) for _ in range(2))
    assert [epochs for epochs, _ in first] == sorted({epochs for epochs, _ in second})
    assert {1.0, 2.0} <= {epochs for epochs, _ in first}
    for (_, one), (_, other) in zip(first, second, strict=True):
        assert [window.ids.tolist() for window in one.windows] == [window.ids.tolist() for window in other.windows]
        assert (one.starts.tolist(), one.ends.tolist()) == (other.starts.tolist(), other.ends.tolist())
    assert sum(len(batch.windows) for _, batch in first) >= 2 * len(mixture.train)
    assert max(len(batch.windows) * max(map(len, batch.windows)) for _, batch in first) <= 640
