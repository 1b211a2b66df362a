"""RAG as a component: what it gives, what it says of itself, what it refuses."""

import json
import math
import shutil

import pytest
import torch
from haystack import Document, Pipeline
from transformers import BertConfig, BertModel

from qa_system.dense.manifest import EncoderIdentity
from qa_system.errors import ModelError, SettingsError
from qa_system.generation.rag import RAGGenerator
from qa_system.generation.rag_model import load_rag

QUESTION = "how is the bass"
MINILM = EncoderIdentity("minilm", "minilm", "a" * 64, "b" * 64)


@pytest.mark.parametrize(("length_penalty", "compared"), [(0, "score"), (1, "log_likelihood")])
@pytest.mark.parametrize("variant", ["token", "sequence"])
def test_answers_come_best_first_with_what_each_passage_gave(bert2bert, documents, variant, length_penalty, compared):
    limits = {"answers": 3, "max_new_tokens": 5, "length_penalty": length_penalty}
    generator = RAGGenerator(bert2bert, variant=variant, **limits)
    answers = generator.run(QUESTION, documents)["answers"]
    assert len(answers) == len({answer.data for answer in answers}) == 3
    scores = [answer.meta[compared] for answer in answers]
    assert scores == sorted(scores, reverse=True)
    for answer in answers:
        assert answer.query == QUESTION
        assert answer.documents == documents
        assert answer.meta["passages"].keys() == {document.id for document in documents}
        assert sum(answer.meta["passages"].values()) == pytest.approx(1)
        assert 0 < answer.meta["score"] <= math.exp(answer.meta["log_likelihood"]) <= 1
        assert 0 <= answer.meta["no_answer_score"] < 0.5


def test_each_call_may_want_another_number_of_answers(bert2bert, documents):
    generator = RAGGenerator(bert2bert, max_new_tokens=4)
    assert len(generator.run(QUESTION, documents)["answers"]) == 1
    assert len(generator.run(QUESTION, documents, answers=2)["answers"]) == 2
    with pytest.raises(SettingsError, match="answers is 5, it has to be at least 1 and at most num_beams, 4"):
        generator.run(QUESTION, documents, answers=5)


def test_it_abstains_where_that_is_more_probable(bert2bert, documents, tmp_path):
    folder = changed(bert2bert, tmp_path, qa_system={"no_answer": "not mentioned", "threshold": 100.0})
    (answer,) = RAGGenerator(folder, answers=3).run(QUESTION, documents)["answers"]
    assert (answer.data, answer.documents) == ("", documents)
    assert answer.meta["score"] == answer.meta["no_answer_score"] > 0.99


def test_a_model_that_never_abstains_answers(bart, documents):
    (answer,) = RAGGenerator(bart, max_new_tokens=4).run(QUESTION, documents)["answers"]
    assert answer.data
    assert answer.meta["no_answer_score"] == 0


@pytest.mark.parametrize("documents", [[], [Document(content=None)], [Document(content="")]])
def test_without_passages_there_is_nothing_to_say(bert2bert, documents):
    (answer,) = RAGGenerator(bert2bert).run(QUESTION, documents)["answers"]
    assert (answer.data, answer.documents, answer.meta["score"]) == ("", [], 1.0)


def test_long_passages_and_empty_questions_are_read(bert2bert):
    long = [Document(content="the bass is deep " * 500, score=1.0), Document(content="short", score=0.0)]
    assert RAGGenerator(bert2bert, max_new_tokens=3).run("", long)["answers"]
    assert RAGGenerator(bert2bert, max_new_tokens=3).run("how is the bass " * 500, long)["answers"]


def test_a_pipeline_with_it_is_dumped_and_loaded(bert2bert, documents):
    pipeline = Pipeline()
    pipeline.add_component("generator", RAGGenerator(bert2bert, variant="sequence", num_beams=2, max_new_tokens=4))
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"])
    inputs = {"generator": {"query": QUESTION, "documents": documents}}
    one, other = (each.run(inputs)["generator"]["answers"][0] for each in (pipeline, loaded))
    assert (one.data, one.meta) == (other.data, other.meta)
    assert loaded.get_component("generator").to_dict() == pipeline.get_component("generator").to_dict()


@pytest.mark.parametrize("variant", ["token", "sequence"])
def test_models_in_the_form_of_facebooks_are_what_they_say(facebook, documents, variant):
    generator = RAGGenerator(facebook[variant], max_new_tokens=4)
    generator.warm_up()
    model = generator._load()
    assert (model.traits.variant, model.traits.score_scale, model.traits.vector_size) == (variant, "inner_product", 768)
    assert model.writer.pattern == "{title} / {text} // {question}"
    assert model.writer.max_length == 300
    assert generator.run(QUESTION, documents)["answers"]


def test_contexts_are_written_as_transformers_retriever_does(facebook, tokenizer):
    from transformers import RagConfig

    from qa_system.generation.rag_contexts import ContextWriter

    writer = ContextWriter.of(RagConfig.from_pretrained(facebook["token"]), tokenizer)
    passage = Document(content="it is deep", meta={"title": '"the cable"'})
    assert writer._joined("how is it", passage) == "the cable / it is deep // how is it"
    assert writer._joined("how is it", Document(content="it is deep")) == " / it is deep // how is it"


def test_generators_of_one_model_share_it(bert2bert):
    one, other = RAGGenerator(bert2bert), RAGGenerator(bert2bert, num_beams=2)
    assert one._load() is other._load()


def test_a_model_with_a_question_encoder_of_its_own_goes_with_its_passages_only(facebook):
    generator = RAGGenerator(facebook["token"])
    generator.check_retriever(MINILM, vector_size=768)
    for made_by, size, found in ((MINILM, 384, "vectors of length 384"), (None, None, "scores of another kind")):
        with pytest.raises(ModelError, match=f"its own question encoder, vectors of length 768; .* {found}.*relative"):
            generator.check_retriever(made_by, vector_size=size)
    RAGGenerator(facebook["token"], score_scale="relative").check_retriever(None)


def test_a_generator_that_was_trained_with_an_encoder_knows_it(bert2bert, tmp_path):
    weights = {"question_weights": "a" * 64, "passage_weights": "b" * 64, "vector_size": 384}
    folder = changed(bert2bert, tmp_path, qa_system={"score_scale": "inner_product", **weights})
    generator = RAGGenerator(folder)
    generator.check_retriever(MINILM, vector_size=384)
    other = EncoderIdentity("other", "minilm", "c" * 64, "b" * 64)
    with pytest.raises(ModelError, match=r"question encoder of weights aaaaaaaa.*'other' \(weights cccccccc\)"):
        generator.check_retriever(other, vector_size=384)


def test_a_generator_of_any_scores_goes_with_every_retriever(bert2bert):
    RAGGenerator(bert2bert).check_retriever(None)
    RAGGenerator(bert2bert).check_retriever(MINILM, vector_size=384)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"variant": "word"}, "variant is 'word', it has to be one of token, sequence"),
        ({"score_scale": "raw"}, "score_scale is 'raw', it has to be one of inner_product, relative"),
        ({"num_beams": 0, "max_new_tokens": 0}, "num_beams is 0, .*; max_new_tokens is 0, .*; answers is 1"),
        ({"length_penalty": float("nan")}, "length_penalty is nan, it has to be at least 0"),
        ({"answers": 5}, "answers is 5, it has to be at most num_beams, 4"),
    ],
)
def test_wrong_values_are_refused_at_once(said, refused):
    with pytest.raises(SettingsError, match=refused):
        RAGGenerator("any", **said)


def test_what_is_no_generator_is_refused(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(**sizes)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="is a bert model, which does not turn passages into text"):
        RAGGenerator(tmp_path).warm_up()
    with pytest.raises(ModelError, match=r"(?s)'nobody/knows' cannot be loaded.*qa train generator"):
        RAGGenerator("nobody/knows").warm_up()


def test_the_bundled_one_is_not_looked_for_elsewhere_where_it_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qa_system.generation.rag_model._loaded", {})
    monkeypatch.setattr("qa_system.models._FOLDER", tmp_path / "nothing")
    with pytest.raises(ModelError, match=r"not installed.*pip install 'qa-system\[generator\]'.*rag\.model"):
        RAGGenerator("minilm-review-generator").warm_up()
    (tmp_path / "minilm-review-generator").mkdir()
    with pytest.raises(ModelError, match="cannot be loaded"):
        RAGGenerator("minilm-review-generator").warm_up()


def test_half_a_model_is_refused(bert2bert, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = changed(bert2bert, tmp_path)
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.1." not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks weights .*it would write at random"):
        RAGGenerator(folder).warm_up()


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"qa_system": {"mood": 1}}, "qa_system: .*mood.*Known: variant, score_scale"),
        ({"qa_system": {"prior_temperature": 0}}, "prior_temperature is 0; both have to be above 0"),
    ],
)
def test_a_wrong_configuration_is_refused(bert2bert, tmp_path, said, refused):
    with pytest.raises(ModelError, match=refused):
        RAGGenerator(changed(bert2bert, tmp_path, **said)).warm_up()


def test_a_generator_saves_each_weight_once(bert2bert):
    from safetensors import safe_open

    with safe_open(bert2bert / "model.safetensors", framework="pt") as weights:
        names = set(weights.keys())
    assert not any(name.startswith("decoder.bert.embeddings") for name in names)
    assert "decoder.cls.predictions.decoder.weight" not in names
    model = load_rag(str(bert2bert), device=torch.device("cpu")).generator
    assert len(names) == len(list(model.parameters()))
    assert model.decoder.cls.predictions.decoder.weight is model.encoder.embeddings.word_embeddings.weight


def changed(folder, tmp_path, **said):
    """Copy a model, with another configuration."""
    copy = shutil.copytree(folder, tmp_path / "changed")
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | said))
    return copy
