from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.training.curriculum import Curriculum, Stage, load_curriculum
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.recipe_text import recipe_text

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
SHARES = st.floats(0, 0.99)
SOURCES = st.builds(
    TrainingSource,
    path=st.sampled_from(["a.jsonl", 'b "c".jsonl', "d/é.json"]).map(Path),
    weight=st.floats(0.01, 100),
    style=st.sampled_from([None, "plain", "opinion"]),
    license=st.none() | TEXTS,
)
RECIPES = st.builds(
    Recipe,
    epochs=st.integers(1, 9),
    learning_rate=st.floats(1e-9, 1),
    ema_decay=SHARES,
    negatives=st.sampled_from(["item", "bm25"]),
    styles=st.dictionaries(st.sampled_from(["opinion", "plain"]), TEXTS),
)


@st.composite
def curricula(draw: st.DrawFn) -> Curriculum:
    names = draw(st.lists(st.sampled_from(["general", "near", "stage-3"]), min_size=1, max_size=3, unique=True))
    stages = [
        Stage(
            name=name,
            sources=tuple(draw(st.lists(SOURCES, min_size=1, max_size=3))),
            teachers=tuple(draw(st.lists(TEXTS.map("t{}".format), max_size=2))),
            recipe=draw(RECIPES),
        )
        for name in names
    ]
    return Curriculum(base=draw(TEXTS.map("b{}".format)), stages=tuple(stages))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All the sources that a recipe may name; they have to be there."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "d").mkdir()
    for name in ("a.jsonl", 'b "c".jsonl', "d/é.json"):
        (folder / name).touch()
    return folder


@settings(max_examples=30)
@given(curriculum=curricula())
def test_what_is_written_is_read_again(curriculum: Curriculum, folder: Path) -> None:
    file = folder / "recipe.toml"
    file.write_text(recipe_text(curriculum), encoding="utf-8")
    read = load_curriculum(str(file))
    assert read.base == curriculum.base
    assert [told(stage, folder) for stage in read.stages] == [told(stage, Path()) for stage in curriculum.stages]


def told(stage: Stage, root: Path) -> dict[str, Any]:
    sources = [(one.path.relative_to(root), one.weight, one.style, one.license) for one in stage.sources]
    return {"name": stage.name, "sources": sources, "teachers": stage.teachers, "recipe": stage.recipe}


def test_only_what_differs_from_the_defaults_is_said() -> None:
    stage = Stage(name="near", sources=(TrainingSource(Path("a.jsonl")),), recipe=Recipe(epochs=2))
    assert recipe_text(Curriculum(stages=(stage,))) == (
        'base = "all-MiniLM-L6-v2"\n\n[[stages]]\nname = "near"\nsources = [\n  { path = "a.jsonl" },\n]\n\n'
        "[stages.recipe]\nepochs = 2\n"
    )
