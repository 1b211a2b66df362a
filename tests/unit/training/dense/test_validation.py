from pathlib import Path

import pytest

from qa_system.training.dense.log import DenseProgress, best_of
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.dense.validation import Validation
from qa_system.training.history import read_rows
from qa_system.training.log import TrainingLog
from qa_system.training.mixture import Example


def examples(*asked):
    return [
        Example(question, context, ((0, 3),) if found else (None,), "plain", Path("toy"), item)
        for question, context, item, found in asked
    ]


VALIDATION = Validation.of(
    examples(
        ("How is the bass?", "Deep, very deep bass.", "I", True),
        ("How is the bass?", "Low bass.", "I", True),
        ("How is the bass?", "Low bass, I say.", "J", True),
        ("How is the box?", "Red cable.", "J", False),
    ),
    DenseRecipe(),
)


def test_a_question_about_an_item_is_asked_once():
    assert sorted(zip(VALIDATION.questions, VALIDATION.items, map(len, VALIDATION.relevant), strict=True)) == [
        ("How is the bass?", "I", 2),
        ("How is the bass?", "J", 1),
    ]
    assert len(VALIDATION.corpus.passages) == 4


def test_measures_by_hand():
    about_i = VALIDATION.items.index("I")
    one, other = sorted(VALIDATION.relevant[about_i])
    wrong = [row for row in range(4) if row not in (one, other)]
    rankings = [[wrong[0], one, wrong[1], other] if place == about_i else [] for place in range(2)]
    measured = VALIDATION.measured(rankings)
    assert {name: values[about_i] for name, values in measured.items()} == {
        "MRR@10": 0.5,
        "recall@1": 0.0,
        "recall@5": 1.0,
        "recall@20": 1.0,
    }
    assert all(values[1 - about_i] == 0.0 for values in measured.values())
    assert VALIDATION.estimated(measured)["MRR@10"].value == 0.25


def test_bm25_finds_the_words():
    (ranking, *_) = VALIDATION.by_words()
    assert {VALIDATION.corpus.passages[row].text for row in ranking} == {
        "Deep, very deep bass.",
        "Low bass.",
        "Low bass, I say.",
    }


def test_a_log_is_read_as_it_was_written(tmp_path):
    log = TrainingLog(tmp_path / "log.csv", row=DenseProgress)
    rows = [DenseProgress(step, step / 4, 8 * step, 0.5, 1e-5, 2.0, 3.0) for step in (1, 2)]
    rows += [DenseProgress(3, 0.75, 24, 0.5, 1e-5, 2.0, 3.0, mrr, 0.1, 0.2, 0.3) for mrr in (0.4, 0.5, 0.5)]
    for row in rows:
        log.write(row)
    assert read_rows(tmp_path / "log.csv", DenseProgress) == rows
    assert best_of(rows) is rows[3]
    assert "validation MRR@10 0.500" in str(rows[3])
    assert "validation" not in str(rows[0])


@pytest.mark.parametrize("count", [1, 2])
def test_too_many_questions_are_drawn_from(count):
    recipe = DenseRecipe(validation_questions=count)
    assert len(Validation.of(examples(("a?", "Abc.", "I", True), ("b?", "Bcd.", "J", True)), recipe).questions) == count
