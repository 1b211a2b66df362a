import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.training.recipe import Recipe


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(SettingsError) as error:
        Recipe(
            epochs=0, dropout=1.0, learning_rate=-1.0, max_seq_length=32, stride=20, negatives="any", layer_decay=0.0
        )
    for words in (
        "epochs is 0, it has to be at least 1",
        "dropout is 1.0, it has to be at least 0 and less than 1",
        "learning_rate is -1.0, it has to be above 0",
        "stride is 20, it has to be at most half of max_seq_length",
        "negatives is 'any', it has to be one of item, bm25",
        "layer_decay is 0.0, it has to be above 0 and at most 1",
    ):
        assert words in str(error.value)


@pytest.mark.parametrize("name", ["learning_rate", "clip", "teacher_weight", "ema_decay", "weight_decay"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(name, value):
    with pytest.raises(SettingsError, match=f"{name} is {value}"):
        Recipe(**{name: value})


@given(st.floats(0, 1), st.floats(0, 0.9))
def test_the_learning_rate_rises_to_its_highest_and_falls_to_nothing(progress, warm_up):
    recipe = Recipe(warm_up=warm_up, learning_rate=2.0)
    assert 0 <= recipe.learning_rate_at(progress) <= recipe.learning_rate_at(warm_up) == 2.0
    assert recipe.learning_rate_at(1.0) == 0.0


def test_every_value_is_documented_with_its_default(root):
    manual = (root / "docs/cli.md").read_text(encoding="utf-8")
    section = manual.split("## `qa train reader`")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| `(.+?)` \|", section, re.MULTILINE))
    recipe = Recipe()
    defaults = {column.name: getattr(recipe, column.name) for column in fields(Recipe)}
    assert documented == {name: str(value).replace("'", '"') for name, value in defaults.items()}
