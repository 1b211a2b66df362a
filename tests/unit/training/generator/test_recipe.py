import re
from dataclasses import fields

import pytest

from qa_system.errors import SettingsError
from qa_system.training.generator.recipe import DenoisingRecipe, GeneratorRecipe


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (GeneratorRecipe, "epochs", 0),
        (GeneratorRecipe, "passages", 0),
        (GeneratorRecipe, "prior_temperature", 0.0),
        (GeneratorRecipe, "place_weight", -0.5),
        (GeneratorRecipe, "passage_overlap", 501),
        (GeneratorRecipe, "variant", "word"),
        (DenoisingRecipe, "masked", 1.0),
        (DenoisingRecipe, "span", 0.0),
        (DenoisingRecipe, "learning_rate", float("nan")),
    ],
)
def test_values_out_of_bounds_are_refused(kind, name, value):
    with pytest.raises(SettingsError, match=f"{name} is {value!r}, it has to be"):
        kind(**{name: value})


def test_all_wrong_values_are_said_at_once():
    with pytest.raises(SettingsError, match=r"epochs is 0.*; passages is 0.*; variant is 'x'"):
        GeneratorRecipe(epochs=0, passages=0, variant="x")


@pytest.mark.parametrize(("column", "kind"), [(2, DenoisingRecipe), (3, GeneratorRecipe)])
def test_every_value_is_documented_with_its_default(root, column, kind):
    manual = (root / "docs/cli.md").read_text(encoding="utf-8")
    section = manual.split("## `qa train generator`")[1].split("\n## ")[0]
    rows = [
        [cell.strip(" `") for cell in row.split("|")] for row in re.findall(r"^\| `\w+` .*$", section, re.MULTILINE)
    ]
    documented = {row[1]: row[column] for row in rows if row[column]}
    assert documented == {one.name: str(getattr(kind(), one.name)) for one in fields(kind)}


def test_passages_are_as_long_as_those_of_an_index():
    from qa_system.settings import IndexingSettings

    recipe, indexing = GeneratorRecipe(), IndexingSettings()
    assert (recipe.passage_chars, recipe.passage_overlap) == (indexing.passage_chars, indexing.passage_overlap)
