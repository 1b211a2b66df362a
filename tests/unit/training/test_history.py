from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.training.history import History
from qa_system.training.log import Progress, TrainingLog

ROW = Progress(step=20, epoch=0.5, tokens=1000, loss=2.5, learning_rate=1e-4, tokens_per_second=100.0, seconds_left=9.0)
NUMBERS = st.floats(0, 1e6)
ROWS = st.builds(
    Progress,
    step=st.integers(0, 10**9),
    epoch=NUMBERS,
    tokens=st.integers(0, 10**12),
    loss=NUMBERS,
    learning_rate=st.floats(0, 1),
    tokens_per_second=NUMBERS,
    seconds_left=NUMBERS,
    exact=st.none() | st.floats(0, 1),
    f1=st.none() | st.floats(0, 1),
)


def history(path: Path, *rows: Progress) -> History:
    log = TrainingLog(path)
    for row in rows:
        log.write(row)
    return History.read(path)


@settings(max_examples=30)
@given(rows=st.lists(ROWS, min_size=1, max_size=5))
def test_what_a_log_was_given_is_read_again(rows: list[Progress], tmp_path_factory: pytest.TempPathFactory) -> None:
    read = history(tmp_path_factory.mktemp("log") / "log.csv", *rows).rows
    assert [(row.step, row.tokens) for row in read] == [(row.step, row.tokens) for row in rows]
    assert [row.f1 for row in read] == [row.f1 if row.f1 is None else pytest.approx(row.f1, abs=1e-6) for row in rows]
    assert [row.loss for row in read] == pytest.approx([row.loss for row in rows], abs=1e-6)


def test_time_is_that_of_learning_at_the_speed_of_each_row(tmp_path: Path) -> None:
    found = history(tmp_path / "log.csv", ROW, replace(ROW, tokens=1500, tokens_per_second=10.0, seconds_left=400.0))
    assert found.seconds == pytest.approx(1000 / 100 + 500 / 10)
    assert found.tokens_per_second == pytest.approx(1500 / 60)


def test_the_first_of_the_best_validations_was_kept(tmp_path: Path) -> None:
    scores = [None, 0.2, 0.7, None, 0.7, 0.6]
    rows = [replace(ROW, step=step, exact=f1, f1=f1) for step, f1 in enumerate(scores)]
    found = history(tmp_path / "log.csv", *rows)
    assert [row.step for row in found.validations] == [1, 2, 4, 5]
    assert found.best.step == 2
