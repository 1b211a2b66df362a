"""The encoder under every runtime, on the bundled model and on tiny ones of other shapes."""

import logging
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from transformers import AutoTokenizer, BertConfig, BertModel, DistilBertConfig, DistilBertModel

from qa_system.dense import embedder, embedder_loading
from qa_system.dense.embedder import OnnxEmbedder, TorchEmbedder
from qa_system.dense.embedder_loading import load_embedder
from qa_system.dense.encoder import Encoder
from qa_system.dense.model_files import DEFAULT_MODEL, model_folder
from qa_system.errors import ModelError, SettingsError
from qa_system.inference.artifacts import cache_folder
from qa_system.samples import REVIEWS
from qa_system.sources import read_reviews

TEXTS = ["It works.", "", "The bass is deep, and it never rattles. " * 20, "Crème brûlée 汉字 🎧", "no"]
BERT = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
DISTILBERT = {"dim": 24, "n_layers": 1, "n_heads": 2, "hidden_dim": 24}
PROMPTS = {"query": "ask for ", "passage": "read on "}


@pytest.fixture(autouse=True)
def _loaded_anew():
    load_embedder.cache_clear()
    yield
    load_embedder.cache_clear()


@pytest.fixture(scope="module")
def _exports(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def cache(_exports, monkeypatch):
    """A cache that the tests share: an export takes seconds."""
    monkeypatch.setenv("XDG_CACHE_HOME", _exports)


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_folder()


def random_weights(model, config):
    """The same at each call, so that they are exported once."""
    torch.manual_seed(0)
    return model(config)


def saved(folder, model, *followers, window=48, **options):
    """Save a tiny encoder: a transformer, and what follows it."""
    transformer = folder.with_name("transformer")
    model.save_pretrained(transformer)
    AutoTokenizer.from_pretrained(model_folder(DEFAULT_MODEL)).save_pretrained(transformer)
    first = modules.Transformer(str(transformer), max_seq_length=window)
    SentenceTransformer(modules=[first, *followers], device="cpu", **options).save_pretrained(str(folder))
    return str(folder)


@pytest.fixture
def tiny(tmp_path):
    """The folder of a tiny encoder with mean pooling."""
    return saved(tmp_path / "tiny", random_weights(BertModel, BertConfig(**BERT)), modules.Pooling(24, "mean"))


@pytest.fixture(params=["mean", "cls", "dense", "distilbert", "prompts", "without its prompt"])
def shape(request, tmp_path):
    """Folders of tiny encoders as sentence-transformers makes them."""
    bert = random_weights(BertModel, BertConfig(**BERT))
    folder, mean = tmp_path / request.param, modules.Pooling(24, "mean")
    match request.param:
        case "cls":
            return saved(folder, bert, modules.Pooling(24, "cls"), modules.Normalize())
        case "dense":
            return saved(folder, bert, mean, modules.Dense(24, 8), modules.Normalize(), truncate_dim=6)
        case "distilbert":
            return saved(folder, random_weights(DistilBertModel, DistilBertConfig(**DISTILBERT)), mean)
        case "prompts":
            return saved(folder, bert, mean, prompts=PROMPTS)
        case "without its prompt":
            return saved(folder, bert, modules.Pooling(24, "mean", include_prompt=False), prompts=PROMPTS)
        case _:
            return saved(folder, bert, mean)


def test_onnx_gives_the_vectors_of_sentence_transformers_and_is_exported_once(shape, cache, monkeypatch):
    model = SentenceTransformer(shape, device="cpu")
    queries, passages = (
        encode(TEXTS, normalize_embeddings=True) for encode in (model.encode_query, model.encode_document)
    )

    def check():
        encoder = Encoder(shape, runtime="onnx")
        np.testing.assert_allclose(encoder.encode_queries(TEXTS), queries, atol=1e-4)
        np.testing.assert_allclose(encoder.encode_passages(TEXTS), passages, atol=1e-4)

    check()
    load_embedder.cache_clear()
    monkeypatch.delattr("torch.onnx.export")
    check()
    assert model.prompts.get("query", "") == "" or not np.allclose(queries, passages, atol=1e-3)


def test_the_bundled_encoder_of_integers_gives_the_vectors_of_float32():
    passages = [review.content for review in read_reviews(REVIEWS)][::4]
    ours = Encoder(runtime="onnx-int8", device="cpu").encode_passages(passages)
    exact = Encoder(runtime="torch", device="cpu").encode_passages(passages)
    cosines = np.sum(ours * exact, axis=1)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97


def test_on_a_cpu_auto_is_int8_for_the_bundled_encoder():
    assert isinstance(load_embedder(model_folder(DEFAULT_MODEL), "cpu"), OnnxEmbedder)
    assert Encoder(device="cpu").engine == "ONNX Runtime"


@pytest.mark.parametrize("runtime", ["torch", "onnx", "onnx-int8"])
def test_vectors_stand_in_the_order_of_the_texts_however_many_there_are(tiny, cache, monkeypatch, runtime):
    monkeypatch.setattr(embedder, "TOKENISED_TOGETHER", 7)
    texts = [f"{word} " * (1 + number * 5 % 9) for number, word in enumerate(["good", "bad", "loud", "cheap"] * 5)]
    encoder = Encoder(tiny, runtime=runtime, device="cpu")
    one_by_one = np.concatenate([encoder.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(encoder.encode_passages(texts), one_by_one, atol=1e-5)


def test_a_vector_of_integers_does_not_depend_on_what_else_is_encoded(tiny, cache):
    encoder = Encoder(tiny, runtime="onnx-int8")
    alone = encoder.encode_passages(TEXTS[:1])
    np.testing.assert_array_equal(encoder.encode_passages(TEXTS)[:1], alone)


def test_threads_share_an_encoder(tiny, cache):
    encoder = Encoder(tiny, runtime="onnx-int8")
    texts = ["word " * length for length in range(1, 40)]
    expected = [encoder.encode_queries([text]) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.encode_queries([text]), texts))
    np.testing.assert_array_equal(found, expected)


def test_an_encoder_that_suffers_from_integers_is_run_by_torch_unless_they_were_asked_for(
    tiny, cache, monkeypatch, caplog
):
    monkeypatch.setattr(embedder_loading, "LEAST_COSINE", 1.1)
    assert Encoder(tiny, device="cpu").engine == "PyTorch"
    assert "1.1 is wanted" in caplog.text
    assert "dense.runtime" in caplog.text
    assert Encoder(tiny, runtime="onnx-int8").engine == "ONNX Runtime"


def test_how_like_integers_are_is_measured_once_and_in_silence(tiny, empty_cache, monkeypatch, capfd):
    monkeypatch.setattr(logging.getLogger("qa_system"), "handlers", [])  # those of the command line, which speaks
    capfd.readouterr()
    assert Encoder(tiny, device="cpu").engine == "ONNX Runtime"
    assert capfd.readouterr() == ("", "")
    assert [file.suffixes[-2:] for file in empty_cache.glob("*.cosine")] == [[".onnx", ".cosine"]]
    load_embedder.cache_clear()
    monkeypatch.setattr(embedder_loading, "_mean_cosine", None)
    assert Encoder(tiny, device="cpu").engine == "ONNX Runtime"


def without_an_export(monkeypatch):
    def export(*_, **__):
        raise NotImplementedError("aten::cat is unknown\nand much more is said")

    monkeypatch.setattr("torch.onnx.export", export)


def without_onnxruntime(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


def without_a_place_to_keep_it(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", __file__)


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("trouble", "advice"),
    [
        (without_onnxruntime, "pip install onnxruntime"),
        (without_an_export, "aten::cat is unknown"),
        (without_a_place_to_keep_it, "XDG_CACHE_HOME"),
    ],
)
def test_what_onnx_cannot_run_is_run_by_torch_unless_onnx_was_asked_for(tiny, monkeypatch, caplog, trouble, advice):
    trouble(monkeypatch)
    assert isinstance(load_embedder(model_folder(tiny), "cpu"), TorchEmbedder)
    assert "PyTorch" in caplog.text
    assert advice in caplog.text
    assert "much more" not in caplog.text
    with pytest.raises(ModelError, match=advice):
        Encoder(tiny, runtime="onnx-int8").encode_queries(["a"])


def test_what_is_no_transformer_with_pooling_is_run_by_torch(tmp_path, cache, caplog):
    tokenizer = AutoTokenizer.from_pretrained(model_folder(DEFAULT_MODEL)).backend_tokenizer
    static = modules.StaticEmbedding(tokenizer, embedding_dim=8)
    SentenceTransformer(modules=[static], device="cpu").save_pretrained(str(tmp_path / "static"))
    encoder = Encoder(str(tmp_path / "static"), device="cpu")
    assert encoder.encode_passages(TEXTS[2:]).shape == (3, 8)
    assert "is made of StaticEmbedding" in caplog.text
    with pytest.raises(ModelError, match="made of StaticEmbedding"):
        Encoder(str(tmp_path / "static"), runtime="onnx").encode_queries(["a"])


def test_a_runtime_of_the_cpu_refuses_another_device(tiny):
    with pytest.raises(SettingsError, match=r"dense\.device is 'cuda'"):
        Encoder(tiny, runtime="onnx-int8", device="cuda").encode_queries(["a"])


@pytest.mark.parametrize("runtime", ["torch", "onnx", "auto"])
def test_a_damaged_model_is_named(tiny, cache, runtime):
    weights = model_folder(tiny) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="could not be loaded"):
        Encoder(tiny, runtime=runtime, device="cpu").encode_queries(["a"])


def test_the_same_weights_in_another_folder_need_no_export(tiny, cache, monkeypatch, tmp_path):
    expected = Encoder(tiny, runtime="onnx").encode_queries(TEXTS)
    copied = shutil.copytree(tiny, tmp_path / "copied")
    without_an_export(monkeypatch)
    np.testing.assert_array_equal(Encoder(str(copied), runtime="onnx").encode_queries(TEXTS), expected)


def test_runtimes_are_one_encoder(tiny):
    assert Encoder(tiny, runtime="onnx-int8").identity == Encoder(tiny, runtime="torch").identity


def test_text_that_is_no_unicode_is_encoded(tiny, cache):
    for runtime in ("torch", "onnx"):
        assert np.isfinite(Encoder(tiny, runtime=runtime, device="cpu").encode_queries(["lone \ud800 surrogate"])).all()


def test_a_forked_process_encodes_on(tiny, cache):
    script = """
import os, signal, sys
from qa_system.dense.encoder import Encoder

encoder = Encoder(sys.argv[1], runtime="onnx-int8")
before = encoder.encode_queries(["How is it?"]).tolist()
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(encoder.encode_queries(["How is it?"]).tolist() != before)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    Encoder(tiny, runtime="onnx-int8").encode_queries(["a"])
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    assert subprocess.run([sys.executable, "-c", script, tiny], check=False, env=environment).returncode == 0
