import json
import shutil

import pytest
from haystack import Document
from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars
from transformers import AutoModelForQuestionAnswering, BertConfig, BertForQuestionAnswering, BertModel
from transformers.utils import logging as transformers_logging

from qa_system.errors import ModelError, SettingsError
from qa_system.models import bundled_model, bundled_models
from qa_system.reading.reader import Reader

PASSAGES = [Document(content="The bass is deep. " * 40 + "Battery: 9 hours 🎧."), Document(content="Too heavy")]
TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


def test_any_question_answering_model_reads(model_folder):
    reader = Reader(model_folder, runtime="torch", max_seq_length=64, stride=16, top_k=20)
    answers = [answer for answer in reader.run(query="How is the bass?", documents=PASSAGES)["answers"] if answer.data]
    assert len(answers) > 5
    for answer in answers:
        assert answer.document.content[answer.document_offset.start : answer.document_offset.end] == answer.data


def test_a_window_longer_than_the_model_reads_is_refused(model_folder):
    with pytest.raises(ModelError, match="max_seq_length"):
        Reader(model_folder, runtime="torch", max_seq_length=384).warm_up()


def test_windows_are_as_long_as_the_model_says_it_was_trained_on(model_folder, tmp_path):
    trained = shutil.copytree(model_folder, tmp_path / "trained")
    config = json.loads((trained / "config.json").read_text())
    (trained / "config.json").write_text(json.dumps({**config, "qa_system": {"max_seq_length": 32}}))
    options = {"runtime": "torch", "top_k": 20}
    asked = {"query": "How is the bass?", "documents": PASSAGES}
    read, expected, longer = (
        [(answer.data, answer.score) for answer in Reader(folder, **options, **windows).run(**asked)["answers"]]
        for folder, windows in (
            (trained, {}),
            (model_folder, {"max_seq_length": 32, "stride": 10}),
            (model_folder, {}),
        )
    )
    assert read == expected != longer
    with pytest.raises(SettingsError, match="stride is 17, it has to be at most half of max_seq_length \\(32\\)"):
        Reader(trained, **options, stride=17).warm_up()


@pytest.mark.parametrize("name", ["no-such-model-anywhere", "./no-such-folder", "no spaces allowed"])
def test_an_unknown_name_says_what_is_possible(monkeypatch, name):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"minilm-review-reader.*folder.*hub"):
        Reader(name).warm_up()


def test_a_model_that_was_downloaded_before_needs_no_hub(tmp_path, monkeypatch, saved):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    repository = tmp_path / "models--owner--reader"
    saved(repository / "snapshots" / ("0" * 40), BertForQuestionAnswering(BertConfig(**TINY)))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    assert Reader("owner/reader", runtime="torch").run(query="How is the bass?", documents=PASSAGES)["answers"]


@pytest.fixture
def progress_bars():
    """Switch the bars of transformers and of the hub on."""
    transformers_logging.enable_progress_bar()
    yield
    transformers_logging.enable_progress_bar()


@pytest.mark.usefixtures("progress_bars")
@pytest.mark.parametrize("hub_shows_bars", [True, False])
def test_loading_is_silent_and_leaves_the_switches_as_they_were(tiny_bert, capfd, hub_shows_bars):
    if not hub_shows_bars:
        disable_progress_bars()
    capfd.readouterr()
    Reader(tiny_bert, runtime="torch").warm_up()
    assert capfd.readouterr() == ("", "")
    assert transformers_logging.is_progress_bar_enabled()
    assert are_progress_bars_disabled() == (not hub_shows_bars)


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        Reader(tmp_path).warm_up()


def test_an_encoder_without_a_trained_head_is_refused(tmp_path, saved):
    folder = saved(tmp_path, BertModel(BertConfig(**TINY)))
    with pytest.raises(ModelError, match="qa_outputs"):
        Reader(folder).warm_up()


def test_damaged_weights_are_refused(tmp_path):
    folder = shutil.copytree(bundled_model("minilm-review-reader"), tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Reader(folder).warm_up()


def test_a_model_without_a_classification_token_is_refused(tmp_path, saved, byte_level_tokenizer):
    byte_level_tokenizer.cls_token = None
    folder = saved(tmp_path, BertForQuestionAnswering(BertConfig(**TINY)), byte_level_tokenizer)
    with pytest.raises(ModelError, match="classification token"):
        Reader(folder).warm_up()


def test_traits_are_read_from_the_models_configuration(tmp_path):
    folder = shutil.copytree(bundled_model("minilm-review-reader"), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["qa_system"] = {"threshold": 1000.0}
    (folder / "config.json").write_text(json.dumps(config))
    best = Reader(folder).run(query="How is the bass?", documents=PASSAGES)["answers"][0]
    assert best.data is None
    assert best.score > 0.99


@pytest.mark.parametrize("name", bundled_models())
def test_a_bundled_model_is_complete(name):
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json"} <= {
        file.name for file in bundled_model(name).iterdir()
    }


@pytest.mark.parametrize("name", bundled_models())
def test_a_bundled_model_does_not_say_where_it_was_made(name):
    assert '"/' not in (bundled_model(name) / "config.json").read_text()


@pytest.mark.parametrize("name", bundled_models("reader"))
def test_a_bundled_reader_lacks_no_weights(name):
    folder = bundled_model(name)
    assert AutoModelForQuestionAnswering.from_pretrained(folder, output_loading_info=True)[1]["missing_keys"] == set()


def test_an_unknown_bundled_model_is_refused():
    with pytest.raises(ModelError, match="minilm-review-reader"):
        bundled_model("missing")
