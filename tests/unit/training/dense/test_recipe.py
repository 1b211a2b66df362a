import re
from dataclasses import fields

import pytest

from qa_system.errors import SettingsError
from qa_system.training.dense.recipe import DenseRecipe


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("batch_size", 1),
        ("negatives", -1),
        ("reader_threshold", 1.5),
        ("scale", float("inf")),
        ("passage_overlap", 501),
        ("pooling", "max"),
    ],
)
def test_values_out_of_bounds_are_refused(name, value):
    with pytest.raises(SettingsError, match=f"{name} is {value!r}, it has to be"):
        DenseRecipe(**{name: value})


def test_all_wrong_values_are_said_at_once():
    with pytest.raises(SettingsError, match=r"epochs is 0.*; scale is 0.*; pooling is 'x'"):
        DenseRecipe(epochs=0, scale=0, pooling="x")


def test_every_value_is_documented_with_its_default(root):
    manual = (root / "docs/cli.md").read_text(encoding="utf-8")
    section = manual.split("## `qa train dense`")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| `(.+?)` \|", section, re.MULTILINE))
    assert documented == {column.name: str(getattr(DenseRecipe(), column.name)) for column in fields(DenseRecipe)}


def test_passages_are_as_long_as_those_of_an_index():
    from qa_system.settings import IndexingSettings

    recipe, indexing = DenseRecipe(), IndexingSettings()
    assert (recipe.passage_chars, recipe.passage_overlap) == (indexing.passage_chars, indexing.passage_overlap)
