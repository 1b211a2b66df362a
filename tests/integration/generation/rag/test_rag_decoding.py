"""What is searched and scored equals the sums written out, and what transformers' own RAG models compute."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from transformers import RagSequenceForGeneration, RagTokenForGeneration

from qa_system.generation.rag_decoding import Scored, proposals, scored
from qa_system.generation.rag_marginal import log_prior
from qa_system.generation.rag_model import load_rag
from qa_system.generation.rag_writing import read, weigh

QUESTION, END, PAD = "how is the bass", 3, 0
KINDS = ("bert2bert", "bart", "facebook")


@pytest.fixture(autouse=True)
def exactly(monkeypatch):
    """Sums are compared to more digits than bfloat16 has, in which a model is run where the processor knows it."""
    monkeypatch.setattr("qa_system.generation.rag_model.floats", lambda device: torch.float32)
    monkeypatch.setattr("qa_system.generation.rag_model._loaded", {})  # others may have loaded it in bfloat16


@pytest.fixture(params=KINDS)
def model(request):
    """Generators of every kind."""
    found = request.getfixturevalue(request.param)
    return load_rag(str(found["token"] if request.param == "facebook" else found), device=torch.device("cpu"))


@pytest.fixture
def alone(model, documents):
    """Ask for log p(y_t | x, z, y_<t) of one passage at a time, without batches, padding or caches."""
    start = model.generator.generation_config.decoder_start_token_id
    inputs = [model.writer.write(QUESTION, [document]) for document in documents]

    @torch.inference_mode()
    def ask(written):
        given = torch.tensor([[start, *written]])
        logits = [model.generator(**one, decoder_input_ids=given, use_cache=False).logits[0, -1] for one in inputs]
        return torch.stack(logits).double().log_softmax(-1)

    return ask


@pytest.fixture
def prior(documents):
    return torch.tensor([document.score for document in documents]).double().log_softmax(-1)


def brute_force(alone, prior, text, variant):
    """p(y|x) by the formulas of the paper, step by step."""
    said = torch.stack([alone(text[:place])[:, token] for place, token in enumerate(text)]).exp()
    if variant == "token":
        return (said * prior.exp()).sum(1).prod().item()
    return (said.prod(0) * prior.exp()).sum().item()


@pytest.mark.parametrize("variant", ["token", "sequence"])
def test_likelihoods_equal_brute_force(model, documents, alone, prior, variant):
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        for text in ([10, END], [7, 8, 6, 10, END], [15, 16], [END]):
            found = scored(model.generator, encoded, prior.float(), torch.tensor(text), variant)
            assert torch.tensor(found.log_likelihood).exp().item() == pytest.approx(
                brute_force(alone, prior, text, variant), rel=1e-4
            )
            assert sum(found.weights) == pytest.approx(1)


def test_a_greedy_search_takes_the_likeliest_token_of_the_marginal(model, documents, alone, prior):
    expected = []
    while len(expected) < 6 and END not in expected:
        marginal = (alone(expected) + prior[:, None]).logsumexp(0)
        expected.append(int(marginal.argmax()))
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        limits = {"variant": "token", "num_beams": 1, "max_new_tokens": 6}
        (found,) = proposals(model.generator, encoded, prior.float(), **limits)
    assert found.tolist() == expected


@pytest.mark.parametrize("variant", ["token", "sequence"])
def test_what_may_not_be_repeated_is_written_once(model, documents, prior, variant):
    limits = {"variant": variant, "num_beams": 3, "max_new_tokens": 12}
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        repeating, once = (
            proposals(model.generator, encoded, prior.float(), no_repeat_ngram_size=size, **limits) for size in (0, 1)
        )
    assert any(len(set(text.tolist())) < len(text) for text in repeating)
    assert all(len(set(text.tolist())) == len(text) for text in once)


def test_likely_texts_are_short_and_a_penalty_makes_up_for_it():
    short, long = Scored(-2.0, 2, [1.0]), Scored(-3.0, 6, [1.0])
    assert short.rank(0) > long.rank(0)
    assert short.rank(1) < long.rank(1)


def test_beams_find_the_likeliest_text_of_all(model, documents, alone, prior):
    """Of two tokens, with as many beams as there are words, a search is exhaustive."""
    words = range(17)
    steps = {(): (alone([]) + prior[:, None]).logsumexp(0)}
    steps |= {(word,): (alone([word]) + prior[:, None]).logsumexp(0) for word in words if word != END}
    texts = {
        (first, second): steps[()][first] + steps[first,][second]
        for first, second in product(words, words)
        if first != END
    }
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        limits = {"variant": "token", "num_beams": 17, "max_new_tokens": 2}
        found = [tuple(text.tolist()) for text in proposals(model.generator, encoded, prior.float(), **limits)]
    assert next(text for text in found if len(text) == 2) == max(texts, key=texts.__getitem__)


@pytest.mark.parametrize("variant", ["token", "sequence"])
@pytest.mark.parametrize("num_beams", [1, 3])
def test_a_text_that_is_left_out_is_not_found_and_what_comes_next_is(model, documents, prior, variant, num_beams):
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        limits = {"variant": variant, "num_beams": num_beams, "max_new_tokens": 6}
        best = proposals(model.generator, encoded, prior.float(), **limits)[0]
        others = proposals(model.generator, encoded, prior.float(), other_than=best, **limits)
    assert best.tolist() not in [text.tolist() for text in others]
    assert others


@pytest.mark.parametrize("num_beams", [1, 4])
def test_transformers_own_rag_token_writes_the_same(facebook, documents, num_beams):
    model, inputs, scores = _facebook(facebook["token"], documents)
    theirs = RagTokenForGeneration.from_pretrained(facebook["token"]).eval()
    expected = theirs.generate(
        context_input_ids=inputs["input_ids"],
        context_attention_mask=inputs["attention_mask"],
        doc_scores=scores,
        n_docs=len(documents),
        num_beams=num_beams,
        max_length=7,  # it disregards max_new_tokens
        decoder_start_token_id=END,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        limits = {"variant": "token", "num_beams": num_beams, "max_new_tokens": 6}
        found = proposals(model.generator, encoded, scores[0].log_softmax(-1), **limits)[0]
    written = expected[0, 1:].tolist()
    assert found.tolist() == written[: len(found)]
    assert set(written[len(found) :]) <= {PAD}


def test_transformers_own_rag_models_find_texts_as_likely(facebook, documents):
    model, inputs, scores = _facebook(facebook["token"], documents)
    text = [7, 8, 6, 10, END]
    given = {
        "context_input_ids": inputs["input_ids"],
        "context_attention_mask": inputs["attention_mask"],
        "doc_scores": scores,
        "n_docs": len(documents),
    }
    with torch.inference_mode():
        encoded, prior = read(model, QUESTION, documents), scores[0].log_softmax(-1)
        tokens = RagTokenForGeneration.from_pretrained(facebook["token"]).eval()
        logits = tokens(**given, decoder_input_ids=torch.tensor([[END, *text[:-1]]]), do_marginalize=True).logits[0]
        by_token = logits[range(len(text)), text].sum().item()
        sequences = RagSequenceForGeneration.from_pretrained(facebook["sequence"]).eval()
        by_sequence = -sequences(**given, labels=torch.tensor([[END, *text]])).loss.item()
        found = {one: scored(model.generator, encoded, prior, torch.tensor(text), one) for one in ("token", "sequence")}
    assert found["token"].log_likelihood == pytest.approx(by_token, abs=1e-4)
    assert found["sequence"].log_likelihood == pytest.approx(by_sequence, abs=1e-4)


def test_sequences_are_searched_for_in_each_passage_and_in_none_twice(model, documents, prior):
    with torch.inference_mode():
        encoded = read(model, QUESTION, documents)
        limits = {"variant": "sequence", "num_beams": 3, "max_new_tokens": 4}
        together = {tuple(one.tolist()) for one in proposals(model.generator, encoded, prior.float(), **limits)}
        apart = [
            {tuple(one.tolist()) for one in proposals(model.generator, each, torch.zeros(1), **limits)}
            for each in (read(model, QUESTION, [document]) for document in documents)
        ]
    assert together == set().union(*apart)


def test_passages_weigh_by_their_scores(bert2bert, documents):
    model = load_rag(str(bert2bert), device=torch.device("cpu"))
    assert torch.equal(
        weigh(documents, model.traits), log_prior(torch.tensor([2.0, 1.5, -1.0]), scale="relative", temperature=0.5)
    )
    unscored = [replace(documents[0], score=None), *documents[1:]]
    assert weigh(unscored, model.traits).exp().tolist() == pytest.approx([1 / 3] * 3)


def _facebook(folder, documents):
    model = load_rag(str(folder), device=torch.device("cpu"))
    return model, model.writer.write(QUESTION, documents), torch.tensor([[document.score for document in documents]])
