import json
from collections.abc import Callable
from pathlib import Path

import pytest

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)


def test_a_reader_is_trained_and_answers(qa: RunQA, questions: Path, tiny_base: Path, tmp_path: Path) -> None:
    out = tmp_path / "reader"
    options = ("--epochs", "1", "--max-seq-length", "64", "--stride", "16", "--learning-rate", "3e-3")
    trained = qa("train", "reader", "--data", f"{questions}=0.5", "--base", tiny_base, "--out", out, *options)
    assert trained.code == 0, trained.err
    assert "validation EM" in trained.err
    measured = qa("eval", "reader", questions, "--model", out, "--limit", "5", "--out", tmp_path / "report", "--json")
    assert measured.code == 0, measured.err
    assert json.loads(measured.out)["runs"][0]["system"] == "reader"
    again = qa("train", "reader", "--data", questions, "--base", tiny_base, "--out", out)
    assert (again.code, "holds a model already" in again.err) == (6, True)


def test_converted_questions_are_read_again(qa: RunQA, questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "squad.json"
    assert qa("convert", questions, "--out", out).code == 0
    assert len(json.loads(out.read_text(encoding="utf-8"))["data"][0]["paragraphs"]) == 400
    assert qa("convert", out, "--to", "squad").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["train", "reader", "--data", "missing.jsonl", "--out", "r"], 3, "missing.jsonl"),
        (["train", "reader", "--data", "{questions}", "--out", "r", "--base", "nobody/knows"], 6, "nobody/knows"),
        (["train", "reader", "--data", "{questions}", "--out", "r", "--stride", "900"], 2, "stride"),
        (["convert", "{questions}", "--to", "parquet"], 2, "squad"),
    ],
)
def test_mistakes_are_explained(
    arguments: list[str],
    code: int,
    said: str,
    qa: RunQA,
    questions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = qa(*(argument.format(questions=questions) for argument in arguments))
    assert ran.code == code, ran.err
    assert said in ran.err
