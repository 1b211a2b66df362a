"""A new reader takes the place of an old one only where held-out questions show that it is better."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from haystack.utils import ComponentDevice

from qa_system.errors import ModelError, QAError, SettingsError, SourceError
from qa_system.eval.journal import read_run
from qa_system.reading.windows import Window, WindowCutter
from qa_system.training.mixture import Example, Mixture, TrainingSource
from qa_system.training.reader import train_reader
from qa_system.training.recipe import Recipe
from qa_system.training.replacement import check_replaceable, replace_if_better

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)

CPU = ComponentDevice.from_str("cpu")
SIZES = {"max_seq_length": 64, "stride": 16, "batch_tokens": 512, "validations_per_epoch": 1}
GOOD = Recipe(epochs=3, learning_rate=1e-2, ema_decay=0.9, **SIZES)
BAD = Recipe(epochs=1, learning_rate=1e-9, **SIZES)


@pytest.fixture(scope="module")
def mixture(questions: Path) -> Mixture:
    return Mixture.load([TrainingSource(questions)])


@pytest.fixture(scope="module")
def readers(mixture: Mixture, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("readers")
    for name, recipe in (("good", GOOD), ("bad", BAD)):
        train_reader(mixture, folder / name, base=str(tiny_base), recipe=recipe, device=CPU)
    return {name: folder / name for name in ("good", "bad")}


@pytest.fixture
def copies(readers: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    return {name: Path(shutil.copytree(folder, tmp_path / name)) for name, folder in readers.items()}


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_a_better_reader_takes_the_place(copies: dict[str, Path], readers: dict[str, Path], mixture: Mixture) -> None:
    old, new = copies["bad"], copies["good"]
    done = replace_if_better(new, old, mixture.held_out, device=CPU)
    assert done.backup is not None
    assert (weights(old), weights(done.backup)) == (weights(readers["good"]), weights(readers["bad"]))
    assert weights(new) == weights(readers["good"])
    assert {entry.name for entry in old.parent.iterdir()} == {"good", "bad", done.backup.name}
    assert not (old / "training").exists()
    assert done.scores[1] - done.scores[0] == pytest.approx(done.compared.difference.value)
    assert 0 < done.compared.difference.low < done.compared.difference.value < done.compared.difference.high
    assert f"F1 on {len(mixture.held_out)} held-out questions" in str(done)
    assert "Better by more than chance" in str(done)
    asked = [read_run(new / "training" / "comparison" / f"{role}.jsonl").header for role in ("old", "new")]
    assert [header.system for header in asked] == [str(old), str(new)]


@pytest.mark.parametrize(("old", "new"), [("good", "bad"), ("good", "good")])
def test_a_reader_that_is_not_better_stays_where_it_is(
    old: str, new: str, copies: dict[str, Path], readers: dict[str, Path], mixture: Mixture, tmp_path: Path
) -> None:
    kept, tried = copies[old], Path(shutil.copytree(readers[new], tmp_path / "tried"))
    done = replace_if_better(tried, kept, mixture.held_out, device=CPU)
    assert done.backup is None
    assert weights(kept) == weights(readers[old])
    assert "Not better by more than chance" in str(done)
    assert {entry.name for entry in tmp_path.iterdir()} == {"good", "bad", "tried"}


def test_each_reader_reads_in_its_own_windows(
    copies: dict[str, Path], mixture: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads((copies["bad"] / "config.json").read_text())
    config["qa_system"]["max_seq_length"] = 32
    (copies["bad"] / "config.json").write_text(json.dumps(config))
    cut, longest = WindowCutter.windows, []

    def noted(cutter: WindowCutter, pairs: list[tuple[str, str]]) -> list[Window]:
        windows = cut(cutter, pairs)
        longest.append(max(map(len, windows)))
        return windows

    monkeypatch.setattr(WindowCutter, "windows", noted)
    long = [replace(example, context=example.context + " red box" * 80) for example in mixture.held_out[:3]]
    replace_if_better(copies["good"], copies["bad"], long, device=CPU)
    of_old, of_new = longest[: len(longest) // 2], longest[len(longest) // 2 :]
    assert (max(of_old), max(of_new)) == (32, 64)


def test_what_cannot_be_moved_is_told_and_nothing_is_lost(
    copies: dict[str, Path], mixture: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(Path, "rename", refuse)
    before = weights(copies["bad"])
    with pytest.raises(QAError, match=r"could not be replaced by .*Move it there by hand"):
        replace_if_better(copies["good"], copies["bad"], mixture.held_out, device=CPU)
    assert weights(copies["bad"]) == before


def test_what_cannot_be_compared_is_told_before_the_training(
    readers: dict[str, Path], mixture: Mixture, tmp_path: Path
) -> None:
    check_replaceable(readers["bad"], tmp_path / "new", mixture.held_out)
    with pytest.raises(ModelError, match="no reader at minilm-review-reader"):
        check_replaceable(Path("minilm-review-reader"), tmp_path / "new", mixture.held_out)
    with pytest.raises(SettingsError, match="is the reader to be replaced"):
        check_replaceable(readers["bad"], readers["bad"].parent / "." / "bad", mixture.held_out)
    nothing: list[Example] = []
    with pytest.raises(SourceError, match="Held out are those of a test split"):
        check_replaceable(readers["bad"], tmp_path / "new", nothing)


def test_the_command_trains_compares_and_says_what_it_did(
    qa: RunQA, questions: Path, readers: dict[str, Path], tiny_base: Path, copies: dict[str, Path], tmp_path: Path
) -> None:
    arguments = ("--data", questions, "--base", tiny_base, "--out", tmp_path / "new", "--device", "cpu")
    options = ("--epochs", "1", "--max-seq-length", "64", "--stride", "16", "--learning-rate", "1e-9")
    early = qa("train", "reader", *arguments, *options, "--replace-if-better", tmp_path / "nothing")
    assert (early.code, "no reader at" in early.err, (tmp_path / "new").exists()) == (6, True, False)
    ran = qa("train", "reader", *arguments, *options, "--replace-if-better", copies["good"])
    assert ran.code == 0, ran.err
    assert "Not better by more than chance" in ran.err
    assert weights(copies["good"]) == weights(readers["good"])
