"""`qa tune reader`, from asking the sample to a reader whose config.json says how sure to be."""

import json
import shutil
from pathlib import Path

import pytest

from qa_system.models import bundled_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the bundled reader."""
    return Path(shutil.copytree(bundled_model("minilm-review-reader"), tmp_path / "my-reader"))


def calibration(model: Path) -> dict:
    return json.loads((model / "config.json").read_text(encoding="utf-8"))["qa_system"]["by_style"]["opinion"]


def test_a_run_makes_a_reader_as_sure_as_it_was_right(qa, model, sample_store, tmp_path):
    asked = ["--store", sample_store, "--split", "dev", "--limit", "40", "-r", "bm25", "--out", tmp_path]
    assert qa("eval", "pipeline", "sample", *asked, "--reader", model).code == 0
    (run,) = (tmp_path / "runs").glob("*.jsonl")
    before = calibration(model)

    shown = qa("tune", "reader", run, "--model", model, "--dry-run")
    assert "would be written" in shown.out
    assert calibration(model) == before

    told = json.loads(qa("tune", "reader", run, "--model", model, "--json").out)
    assert told["style"] == "opinion"
    assert calibration(model) == {name: told[name] for name in ("threshold", "temperature")} != before
    assert qa("tune", "reader", run, "--model", model).code == 0
    assert calibration(model) == {name: told[name] for name in ("threshold", "temperature")}


def test_a_run_of_another_reader_is_refused(qa, model, sample_store, tmp_path):
    asked = ["--store", sample_store, "--limit", "2", "-r", "bm25", "--out", tmp_path]
    assert qa("eval", "pipeline", "sample", *asked).code == 0
    (run,) = (tmp_path / "runs").glob("*.jsonl")
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    refused = qa("tune", "reader", run, "--model", model)
    assert refused.code == 2
    assert f"--reader {model}" in refused.err.replace("\n", " ")


def test_a_folder_without_a_reader_is_refused(qa, sample_store, tmp_path):
    asked = ["--store", sample_store, "--limit", "1", "-r", "bm25", "--out", tmp_path]
    assert qa("eval", "pipeline", "sample", *asked).code == 0
    (run,) = (tmp_path / "runs").glob("*.jsonl")
    assert qa("tune", "reader", run, "--model", tmp_path).code == 6
