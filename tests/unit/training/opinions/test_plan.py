from pathlib import Path

import pytest

from qa_system.errors import SettingsError
from qa_system.training.mixture import TrainingSource
from qa_system.training.opinions.plan import OpinionPlan, load_plan, plan_text
from qa_system.training.opinions.recipe import OpinionRecipe


def test_a_plan_that_is_written_down_is_read_again(tmp_path):
    for name in ("ratings.txt", "asked.jsonl"):
        (tmp_path / name).touch()
    plan = OpinionPlan(
        layers=3,
        reviews=(TrainingSource(Path("ratings.txt"), license="MIT"),),
        sources=(TrainingSource(Path("asked.jsonl")),),
        recipe=OpinionRecipe(contrasts=7),
    )
    file = tmp_path / "recipe.toml"
    file.write_text(plan_text(plan), encoding="utf-8")
    read = load_plan(str(file))
    assert (read.base, read.layers, read.vocabulary, read.recipe) == (plan.base, 3, 8000, plan.recipe)
    assert read.reviews == (TrainingSource(tmp_path / "ratings.txt", license="MIT"),)


def test_the_bundled_recipe_names_its_data(tmp_path):
    with pytest.raises(SettingsError, match=r"amazon_reviews[\s\S]*--data-root"):
        load_plan("minilm-review-opinions", tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sources = [{ path = 'a' }]", "reviews"),
        ("reviews = [{ path = 'a' }]\nsources = [{ path = 'a' }]\n[recipe]\nepoch = 1", "Did you mean epochs"),
        ("reviews = [{ path = 'a', weight = 2 }]\nsources = [{ path = 'a' }]", "path and a license"),
        ("reviews = [{ path = 'a' }]\nsources = [{ path = 'a' }]\n[recipe]\ntagged = -1", "tagged is -1"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(tmp_path, text, says):
    file = tmp_path / "recipe.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        load_plan(str(file))


def test_every_value_out_of_bounds_is_told():
    with pytest.raises(SettingsError, match=r"max_seq_length is 8.*validation_samples is 0"):
        OpinionRecipe(max_seq_length=8, validation_samples=0)
