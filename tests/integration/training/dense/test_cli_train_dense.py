import re
from collections.abc import Callable
from pathlib import Path

import pytest

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)
OPTIONS = ("--epochs", "1", "--batch-size", "16", "--max-seq-length", "32", "--reader", "none")


def test_an_encoder_is_trained_and_used(qa: RunQA, pairs: Path, tiny_base: Path, tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    trained = qa("train", "dense", "--data", f"{pairs}=2", "--base", tiny_base, "--out", out, *OPTIONS)
    assert trained.code == 0, trained.err
    lines = trained.err.splitlines()
    assert [line for line in lines if not re.match(r"step .* left(  validation MRR@10 .*)?$", line)] == [
        "negatives looked for: 452 of 452 pairs",
        next(line for line in lines if line.startswith("Negatives: ")),
        next(line for line in lines if line.startswith("MRR@10 on the validation questions ")),
        f"Use it: qa index … --encoder {out}",
    ]
    store = tmp_path / "store.qa"
    assert qa("index", "sample", "--store", store, "--encoder", out, "--json").code == 0
    assert qa("search", "How is the bass?", "--store", store, "--retriever", "dense", "--json").code == 0


def test_an_interrupted_training_says_how_to_go_on(
    qa: RunQA, pairs: Path, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "recipe.toml"
    values = "epochs = 1\nbatch_size = 16\nmax_seq_length = 32\n"
    recipe.write_text(
        f'base = "{tiny_base}"\nreader = "none"\nsources = [{{ path = "{pairs.name}" }}]\n[recipe]\n{values}'
    )
    command = ("train", "dense", "--recipe", recipe, "--data-root", pairs.parent, "--out", tmp_path / "encoder")
    with monkeypatch.context() as patched:
        patched.setattr("qa_system.console.tell", interrupt)
        stopped = qa(*command)
    assert stopped.code == 130
    assert stopped.err.endswith("Interrupted. The same command with --resume goes on from the last checkpoint.\n")
    assert qa(*command).code == 2
    assert qa(*command, "--resume").code == 0


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "missing.jsonl"], 3, "missing.jsonl"),
        (["--data", "{pairs}", "--batch-size", "1"], 2, "batch_size is 1, it has to be at least 2"),
        (["--data", "{pairs}", "--pooling", "max"], 2, "pooling is 'max', it has to be one of mean, cls"),
        (["--data", "{pairs}", "--reader", "nobody/knows"], 6, "nobody/knows"),
        (["--recipe", "minilm-review-encoder", "--epochs", "2"], 2, "leave out --epochs"),
        (["--recipe", "minilm-review-reader"], 2, "the bundled ones are minilm-review-encoder"),
        (["--recipe", "minilm-review-encoder", "--data-root", "."], 2, "names data that are not there"),
        ([], 2, "Say what to train on"),
    ],
)
def test_mistakes_are_explained(
    arguments: list[str],
    code: int,
    said: str,
    qa: RunQA,
    pairs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = qa("train", "dense", "--out", "encoder", *(argument.format(pairs=pairs) for argument in arguments))
    assert (ran.code, said in " ".join(ran.err.split())) == (code, True), ran.err
