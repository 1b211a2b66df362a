"""Imports point one way, and the package opens without its heavy parts."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS = [
    {"errors", "records", "finite"},
    {"settings", "models", "samples", "reviews", "queries"},
    {"stores", "inference", "fusion", "cache"},
    {"sources", "dense", "reading", "hybrid"},
    {"reranking", "generation", "opinions"},
    {"consensus"},
    {"aspects"},
    {"pipelines", "indexing", "feedback", "catalogue", "presentation"},
    {"writing", "poll", "survey", "fact_table"},
    {"system"},
    {"doctor", "eval", "ui"},
    {"training"},
    {"console"},
    {"cli"},
]
FOLDERS = {"indexing": "indexing", "eval": "eval", "ui": "ui"}
HEAVY = ("torch", "haystack", "transformers", "sentence_transformers", "streamlit", "faiss", "pyarrow", "tantivy")


def rank(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((root / "qa_system").rglob("*.py")):
        part = path.relative_to(root / "qa_system").parts[0].removesuffix(".py")
        if part != "__init__":
            yield part, path
    for part, folder in FOLDERS.items():
        for path in sorted((root / folder).rglob("*.py")):
            yield part, path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module else []
        yield from names


def test_the_page_uses_only_public_names(root: Path) -> None:
    import qa_system

    public = {f"qa_system.{name}" for name in qa_system.__all__}
    private = [
        f"{path.relative_to(root)} imports {name}"
        for part, path in modules(root)
        for name in imported(path)
        if part == "ui" and name.startswith("qa_system.") and name not in public
        if not name.startswith("qa_system.ui.")
    ]
    assert private == []


def test_imports_point_one_way(root: Path) -> None:
    wrong = [
        f"{path.relative_to(root)} imports {name}"
        for part, path in modules(root)
        if part != "ui"
        for name in imported(path)
        if name.startswith("qa_system.") and (other := name.split(".")[1]) != part and rank(other) >= rank(part)
    ]
    assert wrong == []


def test_the_mapped_folders_are_never_imported_by_their_bare_names(root: Path) -> None:
    bare = [
        f"{path.relative_to(root)} imports {name}"
        for _, path in modules(root)
        for name in imported(path)
        if name.split(".")[0] in {"indexing", "eval", "ui"}
    ]
    assert bare == []


def test_every_part_has_a_layer(root: Path) -> None:
    assert {part for part, _ in modules(root)} == set().union(*LAYERS)


@pytest.mark.parametrize(
    "code",
    [
        "import qa_system",
        "from qa_system import QAError, Question, load_settings; load_settings()",
        "import sys; sys.argv = ['qa', '--help']\nfrom qa_system.cli import app; app(standalone_mode=False)",
        "import qa_system.sources",
    ],
)
def test_opens_without_heavy_parts(code: str, tmp_path: Path) -> None:
    report = f"{code}\nimport sys; print('loaded:', [m for m in {HEAVY!r} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert ran.stdout.splitlines()[-1] == "loaded: []"


def test_every_public_name_can_be_imported() -> None:
    import qa_system

    assert [name for name in qa_system.__all__ if not hasattr(qa_system, name)] == []
    assert set(dir(qa_system)) >= set(qa_system.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = qa_system.nonsense
