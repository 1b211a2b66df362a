import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)


def test_a_reader_is_trained_and_answers(qa: RunQA, questions: Path, tiny_base: Path, tmp_path: Path) -> None:
    out = tmp_path / "reader"
    options = ("--epochs", "1", "--max-seq-length", "64", "--stride", "16", "--learning-rate", "3e-3")
    trained = qa("train", "reader", "--data", f"{questions}=0.5", "--base", tiny_base, "--out", out, *options)
    assert trained.code == 0, trained.err
    assert re.fullmatch(r"(step .* left(  validation EM .*)?\n)+F1 on .*\nUse it: .*\n", trained.err)
    measured = qa("eval", "reader", questions, "--model", out, "--limit", "5", "--out", tmp_path / "report", "--json")
    assert measured.code == 0, measured.err
    assert json.loads(measured.out)["runs"][0]["system"] == "reader"
    again = qa("train", "reader", "--data", questions, "--base", tiny_base, "--out", out)
    assert (again.code, "holds a model already" in again.err) == (6, True)


RECIPE = """
base = "{base}"

[[stages]]
name = "general"
sources = [{{ path = "{name}", weight = 0.3 }}]
recipe = {{ epochs = 1, max_seq_length = 64, stride = 16, validations_per_epoch = 1 }}

[[stages]]
name = "near"
sources = [{{ path = "{name}", weight = 0.3 }}]
recipe = {{ epochs = 1, max_seq_length = 64, stride = 16, validations_per_epoch = 1 }}
"""


@pytest.fixture
def recipe(questions: Path, tiny_base: Path, tmp_path: Path) -> Path:
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE.format(base=tiny_base, name=questions.name), encoding="utf-8")
    return file


def test_a_recipe_is_one_command_and_can_be_interrupted(
    qa: RunQA, recipe: Path, questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("train", "reader", "--recipe", recipe, "--data-root", questions.parent, "--out", tmp_path / "reader")
    with monkeypatch.context() as patched:
        patched.setattr("qa_system.console.tell", interrupt)
        stopped = qa(*command)
    assert stopped.code == 130
    assert stopped.err == "Interrupted. The same command with --resume goes on from the last checkpoint.\n"
    again = qa(*command)
    assert (again.code, "was interrupted. Resume it (--resume" in again.err) == (2, True)
    resumed = qa(*command, "--resume")
    assert resumed.code == 0, resumed.err
    assert re.fullmatch(r"(general: step .*\n)+(near: step .*\n)+F1 on .*\nUse it: .*\n", resumed.err)


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_rows_that_cannot_be_trained_on_are_said(
    qa: RunQA, questions: Path, tiny_base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.jsonl"
    row = {"id": "x", "question": "How?", "context": "deep", "answers": [{"text": "red", "start": 0}], "source": "toy"}
    broken.write_text(questions.read_text(encoding="utf-8") + json.dumps(row) + "\n", encoding="utf-8")
    options = ("--data", f"{broken}=0.2", "--epochs", "1", "--max-seq-length", "64", "--stride", "16")
    assert qa("train", "reader", *options, "--base", tiny_base, "--out", tmp_path / "reader").code == 0
    (said,) = (record.message for record in caplog.records if record.name.startswith("qa_system"))
    assert re.search(r"nothing can be learned from them: 1\n.*broken\.jsonl:401: the answer reads 'red'", said)


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
        (["train", "reader", "--data", "{questions}=0", "--out", "r"], 2, "it has to be above 0"),
        (["train", "reader", "--data", "{questions}", "--out", "r", "--teacher", "nobody/knows"], 6, "nobody/knows"),
        (["train", "reader", "--out", "r"], 2, "Say what to train on"),
        (["train", "reader", "--data", "{questions}", "--data-root", ".", "--out", "r"], 2, "Say what to train on"),
        (["train", "reader", "--recipe", "best", "--out", "r"], 2, "minilm-review-reader"),
        (["train", "reader", "--recipe", "minilm-review-reader", "--seed", "1", "--out", "r"], 2, "leave out --seed"),
        (["train", "reader", "--recipe", "minilm-review-reader", "--out", "r"], 2, "Say with --data-root"),
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
