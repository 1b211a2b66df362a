import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.training.recipe import Recipe


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(SettingsError) as error:
        Recipe(epochs=0, dropout=1.0, learning_rate=-1.0, max_seq_length=32, stride=20)
    for words in ("epochs is 0, it has to be at least 1", "dropout is 1.0", "learning_rate is -1.0", "stride is 20"):
        assert words in str(error.value)


@given(st.floats(0, 1), st.floats(0, 0.9))
def test_the_learning_rate_rises_to_its_highest_and_falls_to_nothing(progress, warm_up):
    recipe = Recipe(warm_up=warm_up, learning_rate=2.0)
    assert 0 <= recipe.learning_rate_at(progress) <= recipe.learning_rate_at(warm_up) == 2.0
    assert recipe.learning_rate_at(1.0) == 0.0
