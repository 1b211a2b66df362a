from pathlib import Path

import pytest

from qa_system.errors import SettingsError
from qa_system.training.curriculum import bundled_recipes, load_curriculum
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe

STAGES = """
base = "encoder"

[[stages]]
name = "general"
sources = [{ path = "far/squad.jsonl", weight = 0.5 }, { path = "reviews.jsonl", style = "opinion" }]
recipe = { epochs = 1, styles = { opinion = "say: " } }

[[stages]]
name = "near"
sources = [{ path = "reviews.jsonl" }]
teachers = ["first", "minilm-review-reader"]

[stages.recipe]
learning_rate = 1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data/far").mkdir(parents=True)
    (tmp_path / "first").mkdir()
    for name in ("far/squad.jsonl", "reviews.jsonl"):
        (tmp_path / "data" / name).touch()
    return tmp_path


def load(folder, text, **options):
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    return load_curriculum(str(folder / "recipe.toml"), folder / "data", **options)


def test_a_file_says_base_stages_sources_and_recipes(folder):
    curriculum = load(folder, STAGES)
    general, near = curriculum.stages
    assert curriculum.base == "encoder"
    assert general.sources == (
        TrainingSource(folder / "data/far/squad.jsonl", weight=0.5),
        TrainingSource(folder / "data/reviews.jsonl", style="opinion"),
    )
    assert general.recipe == Recipe(epochs=1, styles={"opinion": "say: "})
    assert near.recipe == Recipe(learning_rate=1.0)
    assert near.sources == (TrainingSource(folder / "data/reviews.jsonl"),)


def test_models_may_be_folders_beside_the_file(folder):
    (folder / "encoder").mkdir()
    curriculum = load(folder, STAGES)
    assert curriculum.base == str(folder / "encoder")
    assert curriculum.stages[1].teachers == (str(folder / "first"), "minilm-review-reader")


def test_paths_start_from_the_folder_of_the_file(folder):
    (folder / "data" / "recipe.toml").write_text(STAGES, encoding="utf-8")
    curriculum = load_curriculum(str(folder / "data" / "recipe.toml"))
    assert curriculum.stages[1].sources[0].path == folder / "data/reviews.jsonl"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 1", "epoch = 1", r"stages\.0\.recipe\.epoch is not known there\. Did you mean epochs\? Valid are: "),
        ("weight = 0.5", "wieght = 0.5", r"sources\.0\.wieght .* Did you mean weight\? Valid are: path, weight, style"),
        (
            "teachers",
            "techers",
            r"stages\.1\.techers .* Did you mean teachers\? Valid are: name, sources, teachers, rec",
        ),
        ('base = "encoder"', 'bass = "x"', r"bass is not known there\. Did you mean base\? Valid are: base, stages"),
        ("epochs = 1", "epochs = 0", r"recipe\.toml: .*epochs is 0, it has to be at least 1"),
        ("epochs = 1", 'epochs = "many"', r"stages\.0\.recipe\.epochs: .*integer.*, not 'many'"),
        ("weight = 0.5", "weight = -1", r"recipe\.toml: the weight of .*squad\.jsonl is -1"),
        ('style = "opinion"', 'style = "short"', r"stages\.0\.sources\.1\.style: .*'opinion'.*, not 'short'"),
        ('name = "near"', 'name = "general"', r"stages: .*two stages have the same name"),
        ('name = "near"', 'name = "../near"', r"stages\.1\.name: "),
        (
            '"reviews.jsonl" }]\nteachers',
            '"lost.jsonl" }]\nteachers',
            r"not there: \S*lost\.jsonl\. Say with --data-root",
        ),
        ("[[stages]]", "[[stages", r"recipe\.toml: "),
    ],
)
def test_mistakes_are_explained(folder, old, new, said):
    assert old in STAGES
    with pytest.raises(SettingsError, match=said):
        load(folder, STAGES.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "said"), [("", "stages"), ("stages = []", "at least 1 item"), ("stages = 1", "stages")]
)
def test_a_recipe_has_stages(folder, text, said):
    with pytest.raises(SettingsError, match=said):
        load(folder, text)


def test_an_unknown_recipe_is_refused():
    with pytest.raises(SettingsError, match=r"no recipe 'best'.* the bundled ones are minilm-review-reader"):
        load_curriculum("best")


@pytest.mark.parametrize("name", bundled_recipes())
def test_bundled_recipes_name_the_shared_data(name, shared):
    curriculum = load_curriculum(name, shared / "data")
    assert len(curriculum.stages) == 3
    assert Path(curriculum.stages[0].sources[0].path).is_file()
