"""What is built is what is installed: the wheel, in a folder of its own, far from the checkout."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

GENERATOR = "qa_system/models/minilm-review-generator"


@pytest.fixture(scope="module")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that nothing built before gets in."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    for name in ("qa_system", "indexing", "eval", "ui", "distributions"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, without the weights of the generator."""
    return built(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def generator_wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These weights."""
    return built(source / "distributions" / "generator", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content; its dependencies are this environment's."""
    return unpacked(tmp_path_factory.mktemp("site"), wheel)


@pytest.fixture(scope="module")
def with_generator(wheel: Path, generator_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the content of both wheels."""
    return unpacked(tmp_path_factory.mktemp("site"), wheel, generator_wheel)


def built(source: Path, folder: Path) -> Path:
    """Build a wheel with the build tools of this environment."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def unpacked(folder: Path, *wheels: Path) -> Path:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def version_of(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def run(installed: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    # -P and an isolated path: neither the working folder nor the editable install may stand in for the wheel.
    start = (
        "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]; "
        f"sys.path.insert(0, {str(installed)!r}); "
    )
    call = f"import qa_system; assert qa_system.__file__.startswith({str(installed)!r}), qa_system.__file__; "
    main = f"sys.argv = ['qa', *{list(arguments)!r}]; from qa_system.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-P", "-c", start + call + main],
        capture_output=True,
        text=True,
        check=False,
        cwd=installed,
        env={**os.environ, **environment},
    )


def test_holds_one_package(wheel: Path) -> None:
    names = files(wheel)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"qa_system"}
    assert {"qa_system/py.typed", "qa_system/__init__.pyi", "qa_system/samples/reviews.jsonl"} <= names
    assert "qa_system/indexing/jobs.py" in names
    assert "qa_system/models/minilm-review-reader/model.safetensors" in names
    assert "qa_system/models/minilm-review-encoder/model.safetensors" in names
    assert "qa_system/models/minilm-review-encoder/1_Pooling/config.json" in names
    assert "qa_system/training/recipes/minilm-review-reader.toml" in names
    assert "qa_system/training/recipes/minilm-review-encoder.toml" in names
    assert "qa_system/training/recipes/minilm-review-generator.toml" in names
    assert "qa_system/training/generator/report.md.j2" in names
    assert "qa_system/training/dense/report.md.j2" in names


def test_is_small_enough(wheel: Path, generator_wheel: Path) -> None:
    assert wheel.stat().st_size < 100_000_000
    assert generator_wheel.stat().st_size < 100_000_000


def test_the_generator_is_in_a_wheel_of_its_own_which_has_nothing_else(
    wheel: Path, generator_wheel: Path, root: Path
) -> None:
    weights = {str(path.relative_to(root)) for path in (root / GENERATOR).rglob("*") if path.is_file()}
    assert {f"{GENERATOR}/{name}" for name in ("README.md", "config.json", "model.safetensors")} <= weights
    assert {name for name in files(generator_wheel) if ".dist-info/" not in name} == weights
    assert files(wheel).isdisjoint(weights)
    assert f"-{version_of(wheel)}-" in generator_wheel.name


def test_holds_every_module_of_the_checkout(wheel: Path, root: Path) -> None:
    packed = {name for name in files(wheel) if name.endswith(".py")}
    checkout = {str(path.relative_to(root)) for path in (root / "qa_system").rglob("*.py")}
    for folder in ("indexing", "eval", "ui"):
        checkout |= {f"qa_system/{path.relative_to(root)}" for path in (root / folder).rglob("*.py")}
    assert packed == checkout


def test_does_the_main_job(installed: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "s.qa")
    indexed = run(installed, "index", "sample", "--store", store, "--no-vectors", "--json")
    assert indexed.returncode == 0, indexed.stderr
    assert json.loads(indexed.stdout)["written"] == 246
    asked = run(installed, "ask", "Is the bass any good?", "--item", "HP-100", "--store", store, "--json")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["answers"]


def written(installed: Path, store: Path) -> subprocess.CompletedProcess:
    """Have an answer written, by the generator where none is named, with nothing to fetch it from."""
    indexed = run(installed, "index", "sample", "--store", str(store), "--no-vectors")
    assert indexed.returncode == 0, indexed.stderr
    asked = (
        "ask",
        "Is it good for reading?",
        "--item",
        "ER-610",
        "--store",
        str(store),
        "--generator",
        "rag",
        "--json",
    )
    return run(installed, *asked, HF_HUB_OFFLINE="1")


def test_writes_answers_where_both_are_installed(with_generator: Path, tmp_path: Path) -> None:
    ran = written(with_generator, tmp_path / "s.qa")
    assert ran.returncode == 0, ran.stderr
    (answer,) = json.loads(ran.stdout)["generated"]
    assert answer["written"]
    assert all(0 <= sentence["support"] <= 1 for sentence in answer["sentences"])


def test_says_what_to_install_where_the_generator_is_not(installed: Path, tmp_path: Path) -> None:
    ran = written(installed, tmp_path / "s.qa")
    assert (ran.returncode, ran.stdout) == (6, "")
    assert "pip install 'qa-system[generator]'" in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_needs_no_network(installed: Path) -> None:
    ran = run(installed, "doctor", HF_HUB_OFFLINE="1")
    assert ran.returncode == 0, ran.stdout + ran.stderr


TYPED = """
from qa_system import QASystem, Reader, load_settings

with QASystem.open("reviews.qa", settings=load_settings()) as qa:
    reveal_type(qa.ask("Is it good?", item_id="I1"))
    reveal_type(next(qa.labels()))
    reveal_type(Reader(model="minilm-review-reader"))
    qa.ask(3)
    qa.add_label(question="Is it good?", item_id=None, review_id="R1", verdict="nice")
"""
SEEN = [
    '5: note: Revealed type is "qa_system.records.Result"',
    '6: note: Revealed type is "qa_system.records.StoredLabel"',
    '7: note: Revealed type is "qa_system.reading.reader.Reader"',
    '8: error: Argument 1 to "ask" of "QASystem" has incompatible type "int"; expected "str"',
    '9: error: Argument "verdict" to "add_label" of "Feedback" has incompatible type',
]
ONLY_OURS = "[mypy]\n[mypy-haystack.*,torch.*,numpy.*,pydantic.*,transformers.*]\nfollow_imports = skip\n"


@pytest.fixture(scope="module")
def interpreter(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that finds the wheel's content installed, and its dependencies in this environment."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder)
    (site,) = folder.glob("lib/python*/site-packages")
    shutil.copytree(installed / "qa_system", site / "qa_system")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "python"


def test_ships_its_types(interpreter: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(TYPED)
    (tmp_path / "mypy.ini").write_text(ONLY_OURS)
    arguments = ["--python-executable", str(interpreter), "--config-file", "mypy.ini", "program.py"]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    found = [line.removeprefix("program.py:") for line in ran.stdout.splitlines()[:-1]]
    assert [line[: len(seen)] for line, seen in zip(found, SEEN, strict=True)] == SEEN, ran.stdout + ran.stderr
