import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import ModelError
from qa_system.reading.traits import Calibration, ModelTraits

LOGITS = st.floats(-1e6, 1e6)


@given(LOGITS, st.floats(-10, 10), st.floats(0.1, 20))
def test_probability_is_the_logistic_function(logit, threshold, temperature):
    scaled = max(-700.0, min(700.0, (logit - threshold) / temperature))
    probability = Calibration(threshold, temperature).probability(logit)
    assert math.isclose(probability, 1 / (1 + math.exp(-scaled)), abs_tol=1e-9)


@given(LOGITS, LOGITS)
def test_a_higher_logit_is_never_less_probable(one, other):
    low, high = sorted((one, other))
    assert Calibration().probability(low) <= Calibration().probability(high)


def test_a_model_that_says_nothing_gets_the_defaults():
    assert ModelTraits.from_config({"model_type": "bert"}) == ModelTraits(styles={}, threshold=0.0, temperature=1.0)


def test_reads_what_the_model_says():
    said = {"styles": {"opinion": "opinion: "}, "threshold": 0.5, "temperature": 2.0}
    assert ModelTraits.from_config({"qa_system": said}) == ModelTraits(**said)


def test_a_style_has_its_own_calibration_or_that_of_all():
    said = {"threshold": 0.5, "temperature": 2.0, "by_style": {"opinion": {"threshold": -1.0, "temperature": 3.0}}}
    traits = ModelTraits.from_config({"qa_system": said})
    assert traits.calibration("opinion") == Calibration(-1.0, 3.0)
    assert traits.calibration("plain") == Calibration(0.5, 2.0)
    assert ModelTraits.from_config({"qa_system": asdict(traits)}) == traits


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"temprature": 1.0}, "temprature"),
        ({"temperature": 0.0}, "0.0"),
        ({"by_style": {"opinion": {"temperature": -2.0}}}, "-2.0"),
        ({"by_style": {"opinion": {"bias": 1.0}}}, "bias"),
    ],
)
def test_a_wrong_trait_is_refused_by_name(said, found):
    with pytest.raises(ModelError, match=found):
        ModelTraits.from_config({"qa_system": said})
