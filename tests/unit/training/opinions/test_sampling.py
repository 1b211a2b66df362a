from collections import Counter
from random import Random

import pytest

from qa_system.opinions.labels import NEGATIVE, NEUTRAL, POSITIVE
from qa_system.training.opinions.material import Material, Statement
from qa_system.training.opinions.recipe import OpinionRecipe
from qa_system.training.opinions.sampling import Sampler, balanced, contrasts
from qa_system.training.opinions.statements import Tagged

GOOD = Statement("The bass is great.", POSITIVE, "bass", "How is the bass?", "great")
BAD = Statement("The screen broke.", NEGATIVE, "screen", "How is the screen?", "broke")


@pytest.fixture
def material():
    made = Material()
    made.statements["review"] = [Statement(str(n), POSITIVE) for n in range(90)] + [Statement("bad", NEGATIVE)]
    made.statements["sentence"] = [Statement("It is blue.", NEUTRAL), Statement("I love it.", POSITIVE)]
    made.statements["opinion"] = [GOOD, BAD]
    made.tagged = [Tagged("The bass is great.", ((4, 8),), ())]
    return made


def test_each_polarity_is_drawn_as_often(material):
    drawn = balanced(material.statements["review"], 40, Random(0))
    assert Counter(one.polarity for one in drawn) == {POSITIVE: 20, NEGATIVE: 20}
    assert len({one.text for one in drawn if one.polarity == POSITIVE}) == 20


def test_nothing_is_drawn_from_nothing():
    assert balanced([], 10, Random(0)) == []
    assert list(contrasts([GOOD], 10, Random(0))) == []


def test_of_two_opinions_one_is_asked_about():
    for sample in contrasts([GOOD, BAD], 30, Random(0)):
        assert {GOOD.text, BAD.text} == {sample.text[: len(GOOD.text)], sample.text[len(GOOD.text) + 1 :]} or (
            sample.text == f"{BAD.text} {GOOD.text}"
        )
        assert sample.polarity == (POSITIVE if sample.about in GOOD.abouts else NEGATIVE)


def test_an_aspect_is_not_set_against_itself():
    assert list(contrasts([GOOD, BAD._replace(term="Bass")], 20, Random(0))) == []


def test_an_epoch_has_so_many_of_each_kind_and_is_the_same_again(material):
    recipe = OpinionRecipe(reviews=4, sentences=6, opinions=8, contrasts=3, tagged=2)
    first, again = (Sampler(material, recipe).epoch(Random("0/0")) for _ in range(2))
    assert first == again
    assert len(first) == 4 + 6 + 8 + 3 + 2
    assert sum(one.tags is not None for one in first) == 2
    assert all(one.polarity is None for one in first if one.tags)
    assert first != Sampler(material, recipe).epoch(Random("0/1"))


def test_two_opinions_may_be_one_sentence():
    good, bad = GOOD._replace(phrase="great bass"), BAD._replace(phrase="the screen broke")
    texts = {sample.text for sample in contrasts([good, bad], 60, Random(0))}
    assert "great bass, but the screen broke." in texts
    assert f"{GOOD.text} {BAD.text}" in texts
