import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from qa_system.reading.windows import Window, WindowCutter, batches


def word_tokenizer():
    """A tokenizer of words between a BERT's special tokens, too small to read from disk."""
    tokenizer = Tokenizer(models.WordLevel({"[CLS]": 0, "[SEP]": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 1), ("[CLS]", 0))
    return tokenizer


CUTTER = WindowCutter(word_tokenizer(), max_seq_length=32, stride=16)
WORDS = st.lists(st.sampled_from(["a", "bass", "🎧", "e\u0301", "\ud800", "\ud83d\udca9"]), min_size=1, max_size=200)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=3))
def test_windows_fit_cover_every_passage_and_know_their_offsets(pairs):
    pairs = [(CUTTER.shorten(" ".join(question)), " ".join(passage)) for question, passage in pairs]
    seen = [set() for _ in pairs]
    for window in CUTTER.windows(pairs):
        passage = pairs[window.pair][1]
        assert len(window) == len(window.type_ids) == len(window.offsets) == len(window.context) <= 32
        assert window.type_ids[window.context].all()
        words = [passage[start:end] for start, end in window.offsets[window.context]]
        assert all(word and " " not in word for word in words)
        seen[window.pair].update(map(tuple, window.offsets[window.context]))
    for (_, passage), offsets in zip(pairs, seen, strict=True):
        assert " ".join(passage[start:end] for start, end in sorted(offsets)) == passage


def test_neighbouring_windows_share_the_stride():
    passage = " ".join(f"w{number}" for number in range(60))
    first, second = CUTTER.windows([("bass", passage)])[:2]
    shared = set(map(tuple, first.offsets[first.context])) & set(map(tuple, second.offsets[second.context]))
    assert len(shared) == 16


def test_a_long_question_is_cut_between_words_with_a_warning(caplog):
    question = " ".join(["bass"] * 5000)
    with caplog.at_level(logging.WARNING):
        assert CUTTER.shorten(question) == " ".join(["bass"] * 8)
    assert "5000 tokens" in caplog.text


def test_the_given_tokenizer_is_left_alone():
    tokenizer = word_tokenizer()
    WindowCutter(tokenizer, max_seq_length=32, stride=8)
    assert tokenizer.truncation is None


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 200))
def test_batches_keep_the_budget_and_lose_no_window(lengths, max_tokens):
    windows = [
        Window(pair, np.zeros(length, int), np.zeros(length, int), np.zeros((length, 2), int), np.ones(length, bool))
        for pair, length in enumerate(lengths)
    ]
    found = list(batches(windows, max_tokens))
    assert sorted(window.pair for batch in found for window in batch) == list(range(len(windows)))
    assert all(len(batch) == 1 or len(batch) * max(map(len, batch)) <= max_tokens for batch in found)
    padding_before = [len(batch[0]) for batch in found]
    assert padding_before == sorted(padding_before, reverse=True)


@pytest.mark.parametrize("text", ["", " ", "\ud800"])
def test_text_without_a_word_makes_no_trouble(text):
    assert len(CUTTER.windows([(text, text)])) == 1
