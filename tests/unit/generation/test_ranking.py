import math

from haystack import GeneratedAnswer
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.ranking import best_first
from qa_system.records import Sentence


def answer(text: str, *supports: float, **meta: float) -> GeneratedAnswer:
    sentences = [Sentence(text, (), support, [], is_withheld=support < 0.4) for support in supports]
    return GeneratedAnswer(text, "?", [], meta={"sentences": sentences, **meta})


def texts(*answers: GeneratedAnswer) -> list[str]:
    return [one.data for one in best_first(answers)]


def test_the_likelier_of_two_that_are_as_well_supported_comes_first() -> None:
    assert texts(answer("b", 0.8, log_likelihood=-2.0), answer("a", 0.8, log_likelihood=-1.0)) == ["a", "b"]


def test_what_is_supported_twice_as_well_may_be_half_as_likely() -> None:
    likely = answer("likely", 0.4, log_likelihood=math.log(0.8))
    assert texts(likely, answer("said", 0.9, log_likelihood=math.log(0.4)))[0] == "said"
    assert texts(likely, answer("said", 0.7, log_likelihood=math.log(0.4)))[0] == "likely"


def test_sentences_count_alike() -> None:
    assert texts(answer("half of it", 0.9, 0.1), answer("all of it", 0.6, 0.6)) == ["all of it", "half of it"]


@given(st.lists(st.floats(-50, 0), max_size=6))
def test_what_has_no_support_stays_in_order_behind_what_has(likelihoods: list[float]) -> None:
    unsupported = [answer(str(n), 0.0, log_likelihood=one) for n, one in enumerate(likelihoods)]
    silent = answer("", log_likelihood=0.0)
    assert texts(silent, *unsupported, answer("said", 0.5)) == ["said", "", *map(str, range(len(likelihoods)))]
