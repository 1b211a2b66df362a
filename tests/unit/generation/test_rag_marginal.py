"""The sums over passages, in tensors made up on the spot."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.rag_marginal import log_likelihood, log_prior, posterior
from qa_system.generation.rag_spelling import spelt
from qa_system.generation.rag_traits import RagTraits, odds_against

SCORES = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=8)
PROBABILITIES = st.floats(0.01, 1.0)


def table(passages, tokens):
    return st.lists(st.lists(PROBABILITIES, min_size=tokens, max_size=tokens), min_size=passages, max_size=passages)


TABLES = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(lambda size: table(*size))


@given(SCORES, st.sampled_from(["inner_product", "relative"]), st.floats(0.05, 5))
def test_weights_are_probabilities_in_the_order_of_the_scores(scores, scale, temperature):
    weights = log_prior(torch.tensor(scores), scale=scale, temperature=temperature).exp()
    assert weights.sum().item() == pytest.approx(1)
    for one, weight in zip(scores, weights, strict=True):
        assert all(weight >= other for score, other in zip(scores, weights, strict=True) if one >= score)


@given(SCORES, st.floats(0.5, 20), st.floats(-20, 20))
def test_relative_weights_do_not_depend_on_the_unit_of_the_scores(scores, unit, origin):
    one, other = (
        log_prior(torch.tensor(each, dtype=torch.float64), scale="relative", temperature=0.5)
        for each in (scores, [unit * score + origin for score in scores])
    )
    assert torch.allclose(one, other, atol=1e-6)


def test_inner_products_are_used_as_they_are():
    weights = log_prior(torch.tensor([82.0, 81.0]), scale="inner_product", temperature=1.0).exp()
    assert weights.tolist() == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e)])


@given(TABLES, st.data())
def test_likelihoods_are_the_sums_of_the_paper(table, data):
    raw = data.draw(st.lists(PROBABILITIES, min_size=len(table), max_size=len(table)))
    weights = [one / sum(raw) for one in raw]
    said, prior = torch.tensor(table, dtype=torch.float64).log(), torch.tensor(weights, dtype=torch.float64).log()
    by_token = math.prod(
        sum(weight * row[place] for weight, row in zip(weights, table, strict=True)) for place in range(len(table[0]))
    )
    by_sequence = sum(weight * math.prod(row) for weight, row in zip(weights, table, strict=True))
    assert log_likelihood(said, prior, "token").exp().item() == pytest.approx(by_token)
    assert log_likelihood(said, prior, "sequence").exp().item() == pytest.approx(by_sequence)


@given(TABLES, st.sampled_from(["token", "sequence"]))
def test_what_a_passage_gave_adds_up_to_the_whole(table, variant):
    said, prior = torch.tensor(table).log(), torch.log_softmax(torch.zeros(len(table)), -1)
    assert posterior(said, prior, variant).sum().item() == pytest.approx(1)


def test_the_passage_that_finds_a_text_likely_gave_it():
    said, prior = torch.tensor([[0.9, 0.9], [0.1, 0.3]]).log(), torch.tensor([0.5, 0.5]).log()
    assert posterior(said, prior, "sequence").tolist() == pytest.approx([0.81 / 0.84, 0.03 / 0.84])
    assert posterior(said, prior, "token").tolist() == pytest.approx([0.825, 0.175])


def test_abstention_is_probable_where_its_words_are():
    traits = RagTraits(no_answer="not mentioned", threshold=-1.0, temperature=2.0)
    assert traits.no_answer_probability(math.log(1 / (1 + math.exp(-1.0)))) == pytest.approx(0.5)
    assert traits.no_answer_probability(0.0) > 0.99
    assert traits.no_answer_probability(-50.0) < 0.01
    assert math.isfinite(odds_against(0.0))


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("it isn ' t loud", "It isn't loud"),
        ("9 . 99", "9.99"),
        ("deep bass", "deep bass"),
        ("bass deep", "bass deep"),
        ("i don ' t know", "i don't know"),
        ("oud", "oud"),
        ("(really )", "(really)"),
    ],
)
def test_words_are_spelt_as_in_the_reviews(written, spelling):
    assert spelt(written, ["A deep   bass.", "It isn't loud (really), for $9.99."]) == spelling
