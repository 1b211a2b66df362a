"""The opinions model on a tiny one at random: what it gives, and that all runtimes give the same."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import torch
from haystack import Document, Pipeline
from haystack.utils import ComponentDevice
from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

from qa_system.errors import ModelError
from qa_system.models import bundled_model
from qa_system.opinions.component import PolarityClassifier
from qa_system.opinions.labels import LABELS
from qa_system.opinions.model import NEUTRAL, OpinionModel

CPU = ComponentDevice.from_str("cpu")
PAIRS = [
    ("bass", "Weak bass, but great treble."),
    ("", "It broke after a week. " * 40),
    ("How is the screen? " * 40, "Bright."),
    ("bass", ""),
    ("\ud83d", "a lone surrogate \ud83d"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A model at random that says different things of different texts."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("models") / "tiny-opinions"
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    labels = {"id2label": dict(enumerate(LABELS)), "label2id": {label: n for n, label in enumerate(LABELS)}}
    config = BertConfig(**sizes, **labels, max_position_embeddings=64, initializer_range=0.3)
    BertForTokenClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(bundled_model("minilm-review-encoder")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tiny):
    return OpinionModel(tiny, device=CPU, runtime="torch")


def test_each_pair_has_probabilities(model):
    found = model.polarities(PAIRS)
    assert found.dtype == np.float32
    assert found.shape == (len(PAIRS), 3)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(PAIRS)), abs=1e-5)
    assert found[3].argmax() == NEUTRAL
    assert model.polarities([]).shape == (0, 3)


def test_what_is_asked_about_matters(model):
    text = "Weak bass, but great treble."
    bass, treble = model.polarities([("bass", text), ("treble", text)])
    assert not np.allclose(bass, treble, atol=1e-6)


def test_a_pair_does_not_depend_on_its_neighbours(model):
    together = model.polarities(PAIRS)
    alone = np.concatenate([model.polarities([pair]) for pair in PAIRS])
    assert together == pytest.approx(alone, abs=1e-2)  # in bfloat16 where the machine has it


def test_aspects_are_where_they_say(model):
    texts = ["Weak bass, but great treble.", "", "The battery life of these headphones is short. " * 20]
    found = model.aspects(texts)
    assert len(found) == 3
    assert found[1] == []
    assert any(found)
    for text, aspects in zip(texts, found, strict=True):
        assert all(text[one.start : one.end] == one.text for one in aspects)
        assert all(0.0 <= one.score <= 1.0 for one in aspects)
        assert all(one.end <= other.start for one, other in pairwise(aspects))


def test_integers_tell_nearly_the_same(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    exact, small = (OpinionModel(tiny, device=CPU, runtime=name) for name in ("onnx", "onnx-int8"))
    assert exact.polarities(PAIRS) == pytest.approx(small.polarities(PAIRS), abs=0.15)
    reference = OpinionModel(tiny, device=CPU, runtime="torch").polarities(PAIRS)
    assert exact.polarities(PAIRS) == pytest.approx(reference, abs=2e-2)


def test_threads_share_a_model(model):
    expected = model.polarities(PAIRS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(model.polarities, [PAIRS] * 8):
            assert found == pytest.approx(expected, abs=1e-6)


def test_an_unknown_model_says_what_is_possible(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"the opinions 'nobody/nothing' cannot be loaded"):
        OpinionModel("nobody/nothing").polarities([("", "fine")])


def test_a_reader_is_no_opinions_model(tmp_path):
    with pytest.raises(ModelError, match="is not a model for telling opinions apart"):
        OpinionModel("minilm-review-reader", device=CPU, runtime="torch").warm_up()


def test_documents_are_judged_in_a_pipeline(tiny):
    documents = [Document(content="The bass is weak.", meta={"rating": 2}), Document(content=None)]
    pipeline = Pipeline()
    pipeline.add_component("polarity", PolarityClassifier(str(tiny), device=CPU))
    again = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"])
    judged = again.run({"polarity": {"documents": documents, "about": "bass"}})["polarity"]["documents"]
    assert [one.id for one in judged] == [one.id for one in documents]
    assert set(judged[0].meta["polarity"]) == {"negative", "neutral", "positive"}
    assert judged[0].meta["rating"] == 2
    assert judged[1].meta["polarity"]["neutral"] == 1.0
    assert "polarity" not in documents[0].meta
