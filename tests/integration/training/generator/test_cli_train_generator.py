import re
from collections.abc import Callable
from pathlib import Path

import pytest

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)
RECIPE = """
base = "{base}"
reader = "none"
vocabulary = 2050
reviews = [{{ path = "{unlabelled}" }}]
sources = [{{ path = "{praised}" }}]
denoising = {{ epochs = 1, batch_tokens = 1024, max_seq_length = 32, validations_per_epoch = 1 }}
recipe = {{ epochs = 1, batch_tokens = 1024, max_seq_length = 32, validations_per_epoch = 1, passages = 2 }}
"""


@pytest.fixture
def recipe(praised: Path, unlabelled: Path, praising_base: Path, tmp_path: Path) -> Path:
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE.format(base=praising_base, unlabelled=unlabelled, praised=praised))
    return file


def test_an_interrupted_training_says_how_to_go_on(
    qa: RunQA, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("train", "generator", "--recipe", recipe, "--out", tmp_path / "generator")
    with monkeypatch.context() as patched:
        patched.setattr("qa_system.console.tell", interrupt)
        stopped = qa(*command)
    assert stopped.code == 130
    assert stopped.err.endswith("Interrupted. The same command with --resume goes on from the last checkpoint.\n")
    assert qa(*command).code == 2
    trained = qa(*command, "--resume")
    assert trained.code == 0, trained.err
    lines = trained.err.splitlines()
    told = [
        line for line in lines if not re.match(r"(denoising|answering): step .* left(  validation loss .*)?$", line)
    ]
    assert told[-2:] == [
        next(line for line in lines if line.startswith("F1 on the validation questions ")),
        f'Use it: QA_RAG__MODEL={tmp_path / "generator"} qa ask "…" --generator rag',
    ]


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "missing.jsonl"], 3, "missing.jsonl"),
        (["--data", "{praised}", "--reviews", "missing"], 3, "There is no file or folder missing"),
        (["--data", "{praised}", "--variant", "word"], 2, "variant is 'word', it has to be one of token, sequence"),
        (["--data", "{praised}", "--base", "nobody/knows"], 6, "nobody/knows"),
        (["--recipe", "minilm-review-generator", "--passages", "2"], 2, "leave out --passages"),
        (["--recipe", "minilm-review-reader"], 2, "the bundled ones are minilm-review-generator"),
        (["--recipe", "minilm-review-generator", "--data-root", "."], 2, "names data that are not there"),
        ([], 2, "Say what to train on"),
    ],
)
def test_mistakes_are_explained(
    arguments: list[str],
    code: int,
    said: str,
    qa: RunQA,
    praised: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = qa("train", "generator", "--out", "generator", *(argument.format(praised=praised) for argument in arguments))
    assert (ran.code, said in " ".join(ran.err.split())) == (code, True), ran.err
