import logging
from pathlib import Path

from qa_system.reading import windows
from qa_system.records import Rejection
from qa_system.training.mixture import Example, Mixture
from qa_system.training.notices import long_questions_said_once, warn_of_rejections
from qa_system.training.recipe import Recipe

RECIPE = Recipe(max_seq_length=32, stride=8, styles={"opinion": "o "})


def mixture(*lengths):
    examples = [Example("word " * length + "?", "deep", (None,), "opinion", Path("s")) for length in lengths]
    return Mixture(train=examples * 3, validation=examples[:1])


def test_long_questions_are_counted_and_said_once(cutter, caplog):
    with long_questions_said_once(mixture(2, 7, 8, 20), cutter, RECIPE):
        for _ in range(3):
            cutter.shorten("word " * 20)
    (said,) = (record.message for record in caplog.records)
    assert "a quarter of a window: 3 of 4. Of each the first 8 tokens are read" in said


def test_the_reader_warns_again_afterwards(cutter, caplog):
    with long_questions_said_once(mixture(2), cutter, RECIPE):
        pass
    assert caplog.records == []
    with caplog.at_level(logging.WARNING, logger=windows.__name__):
        cutter.shorten("word " * 20)
    assert "has 20 tokens" in caplog.text


def test_skipped_rows_are_counted_and_some_are_listed(caplog):
    warn_of_rejections([])
    assert caplog.records == []
    warn_of_rejections([Rejection(Path("a.jsonl"), line, "broken") for line in range(1, 9)])
    assert "nothing can be learned from them: 8" in caplog.text
    assert "a.jsonl:5: broken" in caplog.text
    assert "a.jsonl:6" not in caplog.text
