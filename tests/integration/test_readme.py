"""The README is true: its commands run and print what it shows, its Python runs, every command is documented."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from qa_system.cli import app
from qa_system.settings import Settings, setting_names

PERCENT = re.compile(r"\d+%")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def transcripts(readme: str) -> Iterator[tuple[str, str]]:
    """Pairs of a command and what it prints."""
    for block in blocks(readme, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def in_a_folder_like_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample_store: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "demo.qa").symlink_to(sample_store)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("in_a_folder_like_the_checkout")
def test_commands_print_what_is_shown(readme: str, qa: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [(command, output) for command, output in transcripts(readme) if "demo.qa" in command]
    assert len(shown) >= 2
    for command, output in shown:
        program, *arguments = shlex.split(command)
        assert program == "qa"
        monkeypatch.setenv("COLUMNS", "100")
        ran = qa(*arguments)
        assert ran.code == 0, ran.err
        assert words(output) == words(ran.out), command


def words(output: str) -> list[str]:
    """What a transcript says, whatever the width and however the last digit of a probability falls."""
    return PERCENT.sub("%", output).split()


@pytest.mark.slow
def test_transcripts_on_real_reviews_are_what_the_command_prints(
    readme: str, qa: Callable, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [(command, output) for command, output in transcripts(readme) if "reviews.qa" in command]
    assert len(real) == 3
    monkeypatch.chdir(tmp_path)
    assert qa("index", shared / "data/subjqa/electronics", "--store", "reviews.qa").code == 0
    monkeypatch.setenv("COLUMNS", "100")
    for command, output in real:
        ran = qa(*shlex.split(command)[1:])
        assert words(output) == words(ran.out), command


@pytest.mark.usefixtures("in_a_folder_like_the_checkout")
def test_python_examples_run(readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    examples = blocks(readme, "python")
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_make_targets_exist(readme: str, root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^ *make ([a-z]+)", readme, re.MULTILINE))
    assert {"demo", "test"} <= targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_links_lead_somewhere(root: Path) -> None:
    for page in (root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_command_and_option_is_documented(root: Path) -> None:
    manual = (root / "docs/cli.md").read_text(encoding="utf-8")
    for name, command in every_command(typer.main.get_command(app)):
        assert f"## `qa {name}`" in manual
        section = manual.split(f"## `qa {name}`")[1].split("\n## ")[0]
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        assert not {option for option in options - {"--help"} if option not in section}, name
        assert command.epilog.startswith("Example: qa ")


def every_command(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def test_every_setting_is_documented_with_its_default(root: Path) -> None:
    manual = (root / "docs/cli.md").read_text(encoding="utf-8")
    documented = [line for line in manual.splitlines() if re.match(r"\| `\w+\.\w+` \|", line)]
    assert documented == [setting_line(name) for name in setting_names()]


def setting_line(name: str) -> str:
    section, key = name.split(".")
    field = Settings.model_fields[section].annotation.model_fields[key]
    default = str(field.default).lower() if isinstance(field.default, bool) else field.default
    shown = "" if default is None else f"`{default}`"
    return f"| `{name}` | {shown} | {field.description} |"


def test_the_demo_is_answered_right(root: Path, qa: Callable, sample_store: Path) -> None:
    """The words each answer must hold were chosen by reading the reviews; none means that no review answers."""
    right = {"HP-100": ("bass",), "ER-610": ("Reading", "read"), "DL-630": ()}
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    asked = re.findall(r"/qa (ask .*)", makefile)
    assert len(asked) == 3
    for command in asked:
        arguments = shlex.split(command.replace("demo.qa", str(sample_store)))
        result = json.loads(qa(*arguments, "--json").out)
        words = right[result["item_id"]]
        assert result["abstained"] == (not words)
        assert any(word in result["answers"][0]["context"] for word in words) or not words
