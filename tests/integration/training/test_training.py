import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
import torch
import transformers
from filelock import FileLock
from haystack import Document
from haystack.utils import ComponentDevice
from safetensors.torch import load_file, save_file

from qa_system.errors import ModelError, SettingsError, SourceError
from qa_system.reading.reader import Reader
from qa_system.reading.runtime import load_runtime
from qa_system.training.mixture import TrainingSource
from qa_system.training.reader import train_reader
from qa_system.training.recipe import Recipe

CPU = ComponentDevice.from_str("cpu")
RECIPE = Recipe(
    epochs=3,
    learning_rate=1e-2,
    batch_tokens=512,
    max_seq_length=64,
    stride=16,
    ema_decay=0.9,
    dropout=0.1,
    validations_per_epoch=1,
)
# The same training in a process of its own, with a checkpoint after every step.
SCRIPT = """
import sys
from test_training import RECIPE, train
train(sys.argv[1], sys.argv[2], sys.argv[3], checkpoint_minutes=0.0)
"""


def train(questions, out, base, **options):
    options = {"recipe": RECIPE, "device": CPU} | options
    return train_reader([TrainingSource(Path(questions))], Path(out), base=str(base), **options)


@pytest.fixture(scope="module")
def trained(questions, tiny_base, tmp_path_factory):
    rows = []
    result = train(questions, tmp_path_factory.mktemp("trained") / "reader", tiny_base, on_progress=rows.append)
    return result, rows


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def test_a_toy_reader_learns_to_answer_and_to_abstain(trained):
    result, _ = trained
    assert result.f1 > 0.9, result
    reader = Reader(result.folder, device=CPU, runtime="torch", max_seq_length=64, stride=16, question_style="plain")
    documents = [Document(content="box red it perfect cable"), Document(content="box red it cable red")]
    found = reader.run_batch(["How is it?"] * 2, [[document] for document in documents])
    assert [answers[0].data for answers in found] == ["perfect", None]


def test_the_model_says_how_it_is_asked_and_read(trained):
    traits = load_runtime(str(trained[0].folder), device=CPU.to_torch(), token=None, runtime="torch").traits
    assert traits.styles == RECIPE.styles
    assert traits.max_seq_length == RECIPE.max_seq_length
    assert traits.temperature > 0
    assert (traits.threshold, traits.temperature) != (0.0, 1.0)


def test_the_log_has_every_row(trained):
    result, rows = trained
    with result.log.open(newline="", encoding="utf-8") as file:
        logged = list(csv.DictReader(file))
    assert [int(row["step"]) for row in logged] == [row.step for row in rows]
    assert max(float(row["f1"]) for row in logged if row["f1"]) == pytest.approx(result.f1, abs=1e-6)
    assert rows[-1].epoch == RECIPE.epochs
    assert rows[-1].loss < rows[0].loss / 2
    assert rows[-1].seconds_left == 0.0


def test_nothing_is_left_to_go_on_from(trained):
    left = {path.name for path in trained[0].log.parent.iterdir()}
    assert {"log.csv", "plan.json"} <= left
    assert not left & {"best", "checkpoint.pt", "lock"}
    assert not [name for name in left if name.startswith("candidate")]


def test_a_killed_training_goes_on_to_the_same_weights(trained, questions, tiny_base, tmp_path):
    out = tmp_path / "reader"
    checkpoint = out / "training" / "checkpoint.pt"
    arguments = [sys.executable, "-c", SCRIPT, questions, out, tiny_base]
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        arguments, env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL
    )
    while not (log := out / "training" / "log.csv").exists() or log.read_text(encoding="utf-8").count("\n") < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert checkpoint.exists()
    steps = []
    result = train(questions, out, tiny_base, resume=True, on_progress=lambda row: steps.append(row.step))
    assert steps[0] > 1
    assert steps[0] > trained[1][0].step
    assert result.log.read_text(encoding="utf-8").count("\n") == trained[0].log.read_text(encoding="utf-8").count("\n")
    assert weights(result.folder) == weights(trained[0].folder)


def interrupt(_):
    raise KeyboardInterrupt


@pytest.fixture
def interrupted(questions, tiny_base, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(questions, tmp_path / "reader", tiny_base, on_progress=interrupt)
    return tmp_path / "reader"


def test_an_interrupted_training_is_not_overwritten(interrupted, questions, tiny_base):
    with pytest.raises(SettingsError, match=r"was interrupted\. Resume it"):
        train(questions, interrupted, tiny_base)


def test_a_training_is_only_resumed_as_it_was_begun(interrupted, questions, tiny_base):
    with pytest.raises(SettingsError, match=r"begun with another epochs\."):
        train(questions, interrupted, tiny_base, resume=True, recipe=replace(RECIPE, epochs=4))
    with questions.open(encoding="utf-8") as file:
        fewer = interrupted / "fewer.jsonl"
        fewer.write_text("".join(list(file)[:300]), encoding="utf-8")
    with pytest.raises(SettingsError, match="begun with another data"):
        train(fewer, interrupted, tiny_base, resume=True)


def test_resuming_begins_what_was_not_begun_and_leaves_what_is_done(trained, questions, tiny_base, tmp_path):
    rows = []
    options = {"resume": True, "recipe": replace(RECIPE, epochs=1), "on_progress": rows.append}
    begun = train(questions, tmp_path / "reader", tiny_base, **options)
    assert rows[0].step <= trained[1][0].step
    rows.clear()
    before = weights(begun.folder)
    again = train(questions, tmp_path / "reader", tiny_base, **options)
    assert (rows, again.f1, weights(begun.folder)) == ([], begun.f1, before)


def test_a_training_that_another_process_is_at_is_not_resumed(interrupted, questions, tiny_base):
    with (
        FileLock(interrupted / "training" / "lock"),
        pytest.raises(SettingsError, match="Another process is training in"),
    ):
        train(questions, interrupted, tiny_base, resume=True)


def test_a_folder_with_a_model_is_left_alone(trained, questions, tiny_base):
    before = weights(trained[0].folder)
    with pytest.raises(ModelError, match=r"holds a model already\. Train into a new folder"):
        train(questions, trained[0].folder, tiny_base)
    assert weights(trained[0].folder) == before


def test_training_stops_when_validation_gets_no_better(questions, tiny_base, tmp_path):
    rows = []
    recipe = Recipe(epochs=50, learning_rate=1e-9, max_seq_length=64, stride=16, validations_per_epoch=2, patience=2)
    train(questions, tmp_path / "reader", tiny_base, recipe=recipe, on_progress=rows.append)
    assert rows[-1].epoch == pytest.approx(1.5, abs=0.2)


def test_a_reader_can_learn_more(trained, questions, tmp_path):
    recipe = Recipe(epochs=1, learning_rate=1e-6, max_seq_length=64, stride=16, validations_per_epoch=1)
    result = train(questions, tmp_path / "reader", trained[0].folder, recipe=recipe)
    assert result.f1 > 0.9, result


def test_a_validation_costs_no_attention(questions, tiny_base, tmp_path, capfd, caplog):
    """No bars, and no report of a library on what is as it should be."""
    train(questions, tmp_path / "reader", tiny_base, recipe=replace(RECIPE, epochs=1, validations_per_epoch=2))
    assert capfd.readouterr() == ("", "")
    assert [record.message for record in caplog.records if record.levelname != "DEBUG"] == []


def test_bfloat16_learns_too(questions, tiny_base, tmp_path, monkeypatch):
    """What hardware with it does, emulated."""
    for part in ("base", "learner"):
        monkeypatch.setattr(f"qa_system.training.{part}.floats", lambda device: torch.bfloat16)
    rows = []
    result = train(questions, tmp_path / "reader", tiny_base, recipe=replace(RECIPE, epochs=2), on_progress=rows.append)
    assert rows[-1].loss < rows[0].loss
    assert {tensor.dtype for tensor in load_file(result.folder / "model.safetensors").values()} == {torch.float16}


@pytest.mark.parametrize("family", ["DistilBert", "DebertaV2"])
def test_other_families_learn_too(family, questions, tiny_base, tmp_path):
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    if family == "DistilBert":
        sizes = {"dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 64}
    base = copytree(tiny_base, tmp_path / "base")
    config = getattr(transformers, f"{family}Config")(vocab_size=30522, **sizes)
    getattr(transformers, f"{family}Model")(config).save_pretrained(base)
    rows = []
    train(questions, tmp_path / "reader", base, recipe=replace(RECIPE, epochs=2), on_progress=rows.append)
    assert rows[-1].loss < rows[0].loss
    reader = Reader(tmp_path / "reader", device=CPU, runtime="torch")
    assert reader.run(query="How?", documents=[Document(content="deep")])["answers"]


def test_an_unknown_base_is_refused(questions, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"the base 'nobody/nothing' cannot be loaded[\s\S]*A base is"):
        train(questions, tmp_path / "reader", "nobody/nothing")


def test_a_base_without_weights_of_its_encoder_is_refused(questions, tiny_base, tmp_path):
    base = copytree(tiny_base, tmp_path / "base")
    tensors = load_file(base / "model.safetensors")
    kept = {name: tensors[name] for name in tensors if "layer.1" not in name}
    save_file(kept, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="lacks weights of its encoder"):
        train(questions, tmp_path / "reader", base)


def test_a_base_without_a_fast_tokenizer_is_refused(questions, tiny_base, tmp_path):
    base = copytree(tiny_base, tmp_path / "base", ignore=ignore_patterns("tokenizer*"))
    (base / "tokenizer_config.json").write_text('{"tokenizer_class": "ProphetNetTokenizer"}', encoding="utf-8")
    (base / "prophetnet.tokenizer").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nbass\n", encoding="utf-8")
    with pytest.raises(ModelError, match="no fast tokenizer"):
        train(questions, tmp_path / "reader", base)


def test_windows_longer_than_the_base_reads_are_refused(questions, tiny_base, tmp_path):
    with pytest.raises(SettingsError, match="at most 512 tokens at once, and max_seq_length is 600"):
        train(questions, tmp_path / "reader", tiny_base, recipe=Recipe(max_seq_length=600))
    assert not (tmp_path / "reader").exists()


def test_answers_that_fit_in_no_window_leave_nothing_to_learn(tiny_base, tmp_path):
    path = tmp_path / "long.jsonl"
    texts = [f"{number} " + "deep " * 200 for number in range(40)]
    rows = [
        {"id": text[:2], "question": "How?", "context": text, "answers": [{"text": text, "start": 0}], "source": "toy"}
        for text in texts
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(SourceError, match="no answer fits into a window of 64 tokens"):
        train(path, tmp_path / "reader", tiny_base, recipe=replace(RECIPE, negative_share=0.0))
    longer = replace(RECIPE, negative_share=0.0, max_seq_length=256, epochs=1)
    assert train(path, tmp_path / "reader", tiny_base, recipe=longer).f1 >= 0.0
