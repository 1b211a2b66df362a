import json
import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper
from transformers import BertConfig, BertModel

from qa_system.errors import ModelError
from qa_system.inference.artifacts import cache_folder
from qa_system.inference.hardware import integers
from qa_system.models import bundled_model
from qa_system.reading.inference import OnnxRuntime, TorchRuntime
from qa_system.reading.reader import Reader
from qa_system.reading.runtime import RUNTIMES, load_runtime
from qa_system.reading.windows import WindowCutter
from qa_system.samples import QUESTIONS as SAMPLE_QUESTIONS
from qa_system.samples import REVIEWS as SAMPLE_REVIEWS
from qa_system.sources import read_questions, read_reviews

CPU = torch.device("cpu")
PAIRS = [("How is the bass?", "The bass is deep. " * length) for length in (1, 9, 4)] + [("Why?", "")]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_folder()


def load(model, runtime):
    return load_runtime(model, device=CPU, token=None, runtime=runtime)


def windows_for(runtime):
    return WindowCutter(runtime.tokenizer, max_seq_length=128, stride=32).windows(PAIRS)


def differences(one, other):
    windows = windows_for(one)
    return [
        np.abs(ours[: len(window)] - theirs[: len(window)]).max()
        for logits in zip(one.logits(windows), other.logits(windows), strict=True)
        for window, ours, theirs in zip(windows, *logits, strict=True)
    ]


def test_onnx_gives_the_logits_of_torch_and_is_exported_once(model_folder, cache, monkeypatch):
    # Where the processor knows bfloat16, torch would have fewer digits than are compared.
    monkeypatch.setattr("qa_system.reading.runtime.floats", lambda device: torch.float32)
    expected = load(model_folder, "torch")
    assert max(differences(expected, load(model_folder, "onnx"))) < 1e-3
    monkeypatch.delattr("qa_system.reading.checkpoint.Checkpoint.torch_model")
    assert max(differences(expected, load(model_folder, "onnx"))) < 1e-3
    assert len(list(cache.glob("*.onnx"))) == 1


@pytest.fixture(scope="module")
def sample():
    """A handful of the bundled questions with reviews of their item."""
    reviews = list(read_reviews(SAMPLE_REVIEWS))
    item = reviews[0].meta["item_id"]
    questions = [question.text for question in read_questions(SAMPLE_QUESTIONS) if question.item_id == item]
    return questions[:6], [review for review in reviews if review.meta["item_id"] == item][:4]


def test_the_bundled_reader_of_integers_answers_as_under_torch(sample):
    questions, reviews = sample

    def answers(runtime):
        found = Reader(runtime=runtime).run_batch(questions, [reviews] * len(questions))
        return [best.data for best, *_ in found]

    same = [ours == theirs for ours, theirs in zip(answers("onnx-int8"), answers("torch"), strict=True)]
    assert len(same) == 6
    assert sum(same) >= 4


def test_threads_share_a_runtime(sample):
    questions, reviews = sample
    reader = Reader(runtime="onnx-int8")

    def answers(question):
        return [(answer.data, answer.score) for answer in reader.run(question, reviews)["answers"]]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(answers, questions))
    assert together == [answers(question) for question in questions]


def test_a_score_by_integers_does_not_depend_on_what_else_is_read(sample):
    questions, reviews = sample
    reader = Reader(runtime="onnx-int8", top_k=50, no_answer=False)

    def found_in(documents):
        answers = reader.run(questions[0], documents)["answers"]
        return [(answer.document.id, answer.data, answer.score) for answer in answers]

    together = found_in(reviews)
    assert all(found_in([review])[0] in together for review in reviews)


def test_on_a_cpu_auto_is_int8_and_exports_in_silence(tiny_bert, cache, capfd, monkeypatch):
    monkeypatch.setattr(logging.getLogger("qa_system"), "handlers", [])  # those of the command line, which speaks
    runtime = load(tiny_bert, "auto")
    assert isinstance(runtime, OnnxRuntime)
    assert capfd.readouterr() == ("", "")
    assert [file.name.split(".")[1] for file in cache.glob("*.onnx")] == [integers()]


def exporting(shape, dtype):
    """Export a model that gives the token ids for logits."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    nodes = [helper.make_node("Cast", ["input_ids"], [f"{end}_logits"], to=dtype) for end in ("start", "end")]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in names]
    outputs = [helper.make_tensor_value_info(node.output[0], dtype, shape) for node in nodes]
    graph = helper.make_graph(nodes, "wrong", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return lambda *_, **__: SimpleNamespace(model_proto=model)


@pytest.mark.parametrize(
    ("shape", "says"), [(("batch", "tokens"), "differ from those of PyTorch"), ((2, 9), "invalid dimensions")]
)
def test_an_export_that_is_not_the_model_is_refused(tiny_bert, cache, monkeypatch, shape, says):
    monkeypatch.setattr("torch.onnx.export", exporting(shape, TensorProto.FLOAT))
    with pytest.raises(ModelError, match=says):
        load(tiny_bert, "onnx")
    assert list(cache.glob("*.onnx")) == []


def without_onnxruntime(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


def without_an_export(monkeypatch):
    def export(*_, **__):
        raise NotImplementedError("aten::cat is unknown\nand much more is said")

    monkeypatch.setattr("torch.onnx.export", export)


def without_a_place_to_keep_it(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", __file__)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("trouble", "advice"),
    [
        (without_onnxruntime, "pip install onnxruntime"),
        (without_an_export, "aten::cat is unknown"),
        (without_a_place_to_keep_it, "XDG_CACHE_HOME"),
    ],
)
def test_what_onnx_cannot_run_is_run_by_torch_unless_onnx_was_asked_for(
    tiny_bert, monkeypatch, caplog, trouble, advice
):
    trouble(monkeypatch)
    assert isinstance(load(tiny_bert, "auto"), TorchRuntime)
    assert "PyTorch" in caplog.text
    assert advice in caplog.text
    assert "much more" not in caplog.text
    with pytest.raises(ModelError, match=advice):
        load(tiny_bert, "onnx-int8")


@pytest.mark.usefixtures("cache")
def test_the_command_line_says_why_it_takes_longer(tiny_bert, qa, sample_store, monkeypatch):
    without_an_export(monkeypatch)
    asked = qa("ask", "Is it good?", "--store", sample_store, "--retriever", "bm25", "--reader", tiny_bert)
    assert asked.code == 0
    assert asked.err.count("Preparing the reader") == 1
    assert asked.err.count("aten::cat is unknown") == 1


def test_a_forked_process_reads_on(sample):
    script = """
import os, signal
from haystack import Document
from qa_system.reading.reader import Reader

reader = Reader(runtime="onnx-int8")
def read():
    return reader.run("How is it?", [Document(content="The bass is deep.")])["answers"][0].data
before = read()
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(read() != before)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    Reader(runtime="onnx-int8").warm_up()
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_onnx_runtime_gives_the_machine_no_identifier_to_report_its_use_by(tmp_path):
    model = exporting(("batch", "tokens"), TensorProto.FLOAT)().model_proto
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    script = """
import sys
from qa_system.inference.onnx_runtime import import_onnxruntime

import_onnxruntime().InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
"""
    command = [sys.executable, "-c", script, str(tmp_path / "model.onnx")]
    subprocess.run(command, check=True, env={"HOME": str(tmp_path)})
    assert not list(tmp_path.rglob("deviceid*"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_named(tiny_bert):
    with pytest.raises(ModelError, match="cannot run on the device cuda"):
        load_runtime(tiny_bert, device=torch.device("cuda"), token=None, runtime="auto")


def test_what_is_no_reader_at_all_is_refused_by_every_runtime(tmp_path, saved, cache):
    folder = saved(tmp_path / "encoder", BertModel(BertConfig(num_hidden_layers=1, hidden_size=24)))
    for runtime in RUNTIMES:
        with pytest.raises(ModelError, match="qa_outputs"):
            load(folder, runtime)


def test_traits_are_those_of_the_model_not_of_its_export(tmp_path, monkeypatch):
    folder = shutil.copytree(bundled_model("minilm-review-reader"), tmp_path / "model")
    Reader(runtime="onnx-int8").warm_up()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"qa_system": {"threshold": 7.0}}))
    monkeypatch.delattr("qa_system.reading.checkpoint.Checkpoint.torch_model")
    assert load(str(folder), "onnx-int8").traits.threshold == 7.0
