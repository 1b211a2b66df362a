from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.training.curriculum import bundled_recipes
from qa_system.training.dense.plan import DensePlan, load_plan, plan_text
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.mixture import TrainingSource

NAMES = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=8)


@given(
    NAMES,
    st.none() | NAMES,
    st.builds(
        DenseRecipe,
        epochs=st.integers(1, 9),
        scale=st.floats(1, 100),
        symmetric=st.booleans(),
        pair=st.booleans(),
        pooling=st.sampled_from(["mean", "cls"]),
    ),
    st.floats(0.1, 9),
    st.none() | st.text(),
)
def test_a_plan_is_read_as_it_was_written(base, reader, recipe, weight, license):  # noqa: A002
    with TemporaryDirectory() as folder:
        file, data = Path(folder) / "recipe.toml", Path(folder) / "data"
        data.mkdir()
        (data / "questions.jsonl").touch()
        source = TrainingSource(Path("questions.jsonl"), weight=weight, license=license)
        plan = DensePlan(base=base, sources=(source,), reader=reader, recipe=recipe)
        file.write_text(plan_text(plan), encoding="utf-8")
        read = load_plan(str(file), data)
    assert read.sources[0].path == data / "questions.jsonl"
    if base != "data" and reader != "data":
        assert read.model_copy(update={"sources": plan.sources}) == plan.model_copy(update={"sources": plan.sources})
    assert (read.sources[0].weight, read.sources[0].license) == (weight, license)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources = []", "sources"),
        ('source = [{ path = "x" }]', "source is not known there. Did you mean sources?"),
        ('sources = [{ path = "x" }]\nrecipe = { epoch = 1 }', "recipe.epoch is not known there. Did you mean epochs?"),
        ('sources = [{ path = "x", wait = 1 }]', "wait is not known there. Did you mean weight?"),
        ('sources = [{ path = "x" }]\nrecipe = { scale = 0 }', "scale is 0"),
        ('sources = [{ path = "x" }]', "names data that are not there"),
        ("base = ", "recipe.toml: "),
    ],
)
def test_a_wrong_recipe_file_is_explained(text, said, tmp_path):
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"recipe\.toml") as refused:
        load_plan(str(tmp_path / "recipe.toml"))
    assert said in str(refused.value)


def test_the_recipe_of_an_encoder_is_none_of_a_reader():
    assert "minilm-review-encoder" not in bundled_recipes()
    with pytest.raises(SettingsError, match="the bundled ones are minilm-review-encoder"):
        load_plan("minilm-review-reader")


def test_the_bundled_recipe_names_the_shared_data(shared):
    plan = load_plan("minilm-review-encoder", shared / "data")
    assert plan.recipe.max_seq_length * 6 > plan.recipe.passage_chars
    assert {one.path.name for one in plan.sources} >= {"electronics", "grocery", "restaurants", "tripadvisor"}
