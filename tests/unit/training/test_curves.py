import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_system.eval.scorecard import Curve
from qa_system.training.account import Account
from qa_system.training.curves import draw_curves
from qa_system.training.history import History
from qa_system.training.mixture import TrainingSource

EMPTY = Curve(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
BINS = Curve(np.array([0.25, 0.75]), np.array([0.5, 0.5]), np.array([4, 9]))


@pytest.fixture
def history(make_account: Callable[..., Account]) -> History:
    return make_account(TrainingSource(Path("a.jsonl"))).history


def drawn(path: Path, history: History, curve: Curve) -> str:
    draw_curves(path, history, curve)
    return path.read_text(encoding="utf-8")


def test_shows_loss_validation_rate_and_reliability_and_stands_alone(history: History, tmp_path: Path) -> None:
    svg = drawn(tmp_path / "curves.svg", history, BINS)
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    for words in ("Loss", "Validation", "Learning rate", "Reliability", "F1", "EM", "the model that was kept"):
        assert words in svg
    assert "var(--" not in svg


def test_the_same_training_is_drawn_in_the_same_bytes(history: History, tmp_path: Path) -> None:
    assert drawn(tmp_path / "a.svg", history, BINS) == drawn(tmp_path / "b.svg", history, BINS)


def test_a_single_row_is_enough(history: History, tmp_path: Path) -> None:
    only = History((replace(history.rows[0], exact=0.0, f1=0.0),))
    assert "Validation" in drawn(tmp_path / "curves.svg", only, EMPTY)
