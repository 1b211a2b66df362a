"""docs/embedding.md is true: its Python runs, its service answers many at once, its pipeline is served by Hayhooks."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import typer.main

from qa_system import QASystem, result_object
from qa_system.cli import app

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)

ASKED = [("HP-100", "Is it good?"), ("ER-610", "Is it good?"), ("DL-630", "Does it wobble?"), ("HP-100", "Why?")]


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/embedding.md").read_text(encoding="utf-8")


@pytest.fixture
def store(sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the sample that may be written to, named as in the page, in the working folder."""
    shutil.copytree(sample_store, tmp_path / "demo.qa")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "demo.qa"


def section(page: str, title: str) -> str:
    return page.split(f"## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(example: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, "embedding.md", "exec"), namespace)
    return namespace


def test_every_python_example_runs_and_says_something(
    page: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("pandas")
    examples = blocks(page, "python")
    assert len(examples) == 7
    for example in examples:
        run(example)
        assert capsys.readouterr().out or "print" not in example, example


def test_the_service_answers_many_at_once_as_it_answers_one(page: str, store: Path) -> None:
    testclient = pytest.importorskip("fastapi.testclient")
    (example,) = blocks(section(page, "A web service"), "python")
    with QASystem.open(store) as qa:
        expected = [result_object(qa.ask(question, item_id=item))["answers"] for item, question in ASKED]
    with testclient.TestClient(run(example)["app"]) as client, ThreadPoolExecutor(8) as threads:

        def ask(asked: tuple[str, str]) -> list[dict]:
            item, question = asked
            return client.get(f"/items/{item}/answers", params={"question": question}).json()["answers"]

        for answers, alone in zip(threads.map(ask, ASKED * 2), expected * 2, strict=True):
            assert [(a["text"], a["start"]) for a in answers] == [(a["text"], a["start"]) for a in alone]


def test_the_service_keeps_labels_and_explains_what_it_cannot_do(page: str, store: Path) -> None:
    testclient = pytest.importorskip("fastapi.testclient")
    (example,) = blocks(section(page, "A web service"), "python")
    absent = {"question": "Is it blue?", "item_id": "HP-100", "review_id": "HP-100-01", "verdict": "absent"}
    with testclient.TestClient(run(example)["app"]) as client, ThreadPoolExecutor(4) as threads:
        asked = [{**absent, "question": f"Is it shade {number}?"} for number in range(8)]
        kept = list(threads.map(lambda body: client.post("/labels", json=body), asked))
        assert {answer.status_code for answer in kept} == {201}
        refused = client.post("/labels", json={**absent, "review_id": "HP-100-99"})
        assert (refused.status_code, "HP-100-99" in refused.json()["detail"]) == (422, True)
        changed = client.post("/labels", json={**absent, "text": "What the review said yesterday."})
        assert (changed.status_code, "ask again" in changed.json()["detail"]) == (422, True)
        missing = client.get("/items/HP-1000/answers", params={"question": "Is it blue?"})
        assert (missing.status_code, "Did you mean HP-100" in missing.json()["detail"]) == (404, True)
    with QASystem.open(store) as qa:
        assert {label.id for label in qa.labels()} == {answer.json()["id"] for answer in kept}


def test_the_commands_are_commands(page: str, store: Path, qa: RunQA) -> None:
    with QASystem.open(store) as system:
        system.add_label(question="Is it blue?", item_id="HP-100", review_id="HP-100-01", verdict="absent")
    commands = re.findall(r"^    qa (.*?)(?: +#.*)?$", page, re.MULTILINE)
    assert len(commands) == 4
    for command in map(shlex.split, commands):
        if command[0] in ("labels", "convert"):
            ran = qa(*command)
            assert ran.code == 0, ran.err
        assert {word for word in command if word.startswith("--")} <= options(command)


def options(words: list[str]) -> set[str]:
    """The options of the command that the words begin with."""
    command = typer.main.get_command(app)
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    return {option for parameter in command.params for option in parameter.opts}


def test_hayhooks_serves_the_pipeline(page: str, store: Path) -> None:
    pytest.importorskip("hayhooks")
    served = section(page, "Served by Hayhooks")
    run(blocks(served, "python")[0])
    start, ask = blocks(served, "sh")
    url, body = re.search(r"curl (\S+) --json '(.*)'", ask, re.DOTALL).groups()  # type: ignore[union-attr]
    with hayhooks(start) as port:
        request = Request(url.replace("1416", port), body.encode(), {"Content-Type": "application/json"})
        answers = json.load(urlopen(request, timeout=60))["result"]["locator"]["answers"]
    with QASystem.open(store) as system:
        expected = system.ask("Is the bass any good?", item_id="HP-100").answers
    assert [answer["data"] for answer in answers if answer["data"]] == [answer.data for answer in expected]


@contextmanager
def hayhooks(shown: str) -> Iterator[str]:
    """Start the server as the page shows, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    setting, _, command = shown.splitlines()[-1].partition(" ")
    name, _, value = setting.partition("=")
    program, *arguments = shlex.split(command.replace("1416", port))
    with subprocess.Popen(
        [str(Path(sys.executable).with_name(program)), *arguments],
        env={**os.environ, name: value.strip('"')},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            while not answers(f"http://127.0.0.1:{port}/status"):
                assert process.poll() is None, process.stdout.read()  # type: ignore[union-attr]
                time.sleep(0.2)
            yield port
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return urlopen(url, timeout=5).status == 200
    except (URLError, OSError):
        return False
