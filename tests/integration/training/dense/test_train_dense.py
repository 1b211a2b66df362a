import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from haystack.utils import ComponentDevice
from safetensors.torch import load_file

from qa_system.dense.encoder import Encoder
from qa_system.errors import ModelError, SettingsError, SourceError
from qa_system.training.dense.base import load_base
from qa_system.training.dense.mining import Mined
from qa_system.training.dense.passages import with_real_items
from qa_system.training.dense.plan import DensePlan, load_plan
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.dense.train import train_encoder
from qa_system.training.dense.validation import Validation
from qa_system.training.mixture import Mixture, TrainingSource

CPU = ComponentDevice.from_str("cpu")
RECIPE = DenseRecipe(
    epochs=4, learning_rate=1e-2, batch_size=16, max_seq_length=32, validations_per_epoch=2, patience=20
)
# The same training in a process of its own, with a checkpoint after every step.
SCRIPT = """
import sys
from test_train_dense import train
train(sys.argv[1], sys.argv[2], sys.argv[3], checkpoint_minutes=0.0)
"""


def train(pairs, out, base, *, recipe=RECIPE, **options):
    plan = DensePlan(base=str(base), sources=(TrainingSource(Path(pairs)),), reader=None, recipe=recipe)
    return train_encoder(plan, Path(out), device=CPU, **options)


@pytest.fixture(scope="module")
def trained(pairs, tiny_base, tmp_path_factory):
    rows = []
    result = train(pairs, tmp_path_factory.mktemp("trained") / "encoder", tiny_base, on_progress=rows.append)
    return result, rows


def test_an_encoder_learns_what_answers(trained):
    result, _ = trained
    assert result.mrr > 0.9, result
    encoder = Encoder(str(result.folder), device="cpu")
    asked = encoder.encode_queries(["apple bread", "zebra lemon", "lemon king"])
    told = encoder.encode_passages(["and it north ocean with so", "with zebra yellow and", "and so queen stone"])
    assert np.argmax(told @ asked[0]) == 0
    assert told.dtype == np.float32


def test_the_model_is_small_and_reads_as_much_as_its_base(trained):
    from sentence_transformers import SentenceTransformer

    weights = load_file(trained[0].folder / "model.safetensors")
    assert {str(tensor.dtype) for tensor in weights.values() if tensor.is_floating_point()} == {"torch.float16"}
    assert SentenceTransformer(str(trained[0].folder), device="cpu").max_seq_length == 512


def test_the_log_has_every_row_and_nothing_is_left_to_go_on_from(trained):
    result, rows = trained
    with result.log.open(newline="", encoding="utf-8") as file:
        logged = list(csv.DictReader(file))
    assert [int(row["step"]) for row in logged] == [row.step for row in rows]
    assert max(float(row["mrr"]) for row in logged if row["mrr"]) == pytest.approx(result.mrr, abs=1e-6)
    assert rows[-1].epoch == RECIPE.epochs
    assert rows[-1].mrr is not None
    assert rows[-1].loss < rows[0].loss / 2
    left = {path.name for path in result.log.parent.iterdir()}
    assert left == {"log.csv", "plan.json", "mined.json", "report.md", "curves.svg"}


def test_the_report_and_the_card_compare_with_the_untuned_base_and_with_bm25(trained):
    for text in (trained[0].report.read_text(), (trained[0].folder / "README.md").read_text()):
        assert "| tiny, untuned" in text
        assert "| BM25" in text
        assert "pairs.jsonl" in text


def test_the_card_has_a_recipe_that_repeats_it(trained, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text((trained[0].folder / "README.md").read_text().split("```toml\n")[1].split("```")[0])
    (tmp_path / "pairs.jsonl").touch()
    (tmp_path / "tiny").mkdir()
    plan = load_plan(str(recipe))
    assert (plan.recipe, plan.reader) == (RECIPE, None)
    assert (plan.base, [one.path for one in plan.sources]) == (str(tmp_path / "tiny"), [tmp_path / "pairs.jsonl"])


def test_no_negative_answers(trained, pairs):
    mined = Mined.load(trained[0].log.parent / "mined.json")
    marked = {}
    for line in pairs.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        marked.setdefault(row["question"], set()).update(answer["text"] for answer in row["answers"])
    for question, positive, negative in mined.rows:
        assert any(answer in positive for answer in marked[question])
        assert not any(answer in negative for answer in marked[question])
    assert mined.dropped["marked for the same question"] > 0
    assert mined.negatives.get("same item", 0) > 0


def test_the_evaluator_and_the_report_agree(pairs, tiny_base):
    mixture = Mixture.load([TrainingSource(pairs)])
    validation = Validation.of(with_real_items(mixture.train), RECIPE)
    model = load_base(str(tiny_base), RECIPE, CPU.to_torch()).model
    told, own = validation.evaluator()(model), validation.measured(validation.by_model(model))
    names = {"MRR@10": "cosine_mrr@10", "recall@5": "cosine_recall@5", "recall@20": "cosine_recall@20"}
    for ours, theirs in names.items():
        assert own[ours].mean() == pytest.approx(told[theirs], abs=2e-3), ours


def test_a_killed_training_goes_on_to_the_same_weights(trained, pairs, tiny_base, tmp_path):
    out = tmp_path / "encoder"
    log = out / "training" / "log.csv"
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, pairs, out, tiny_base],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    while not log.exists() or log.read_text(encoding="utf-8").count("\n") < 12:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    steps = []
    result = train(pairs, out, tiny_base, resume=True, on_progress=lambda row: steps.append(row.step))
    assert steps[0] > trained[1][0].step
    lines = [[line.split(",")[0] for line in each.log.read_text().splitlines()] for each in (result, trained[0])]
    assert lines[0] == lines[1]
    assert weights(result.folder) == weights(trained[0].folder)


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.fixture
def interrupted(pairs, tiny_base, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(pairs, tmp_path / "encoder", tiny_base, on_progress=interrupt)
    return tmp_path / "encoder"


def test_an_interrupted_training_is_neither_overwritten_nor_changed(interrupted, pairs, tiny_base):
    with pytest.raises(SettingsError, match=r"was interrupted\. Resume it"):
        train(pairs, interrupted, tiny_base)
    with pytest.raises(SettingsError, match=r"begun with another scale\."):
        train(pairs, interrupted, tiny_base, resume=True, recipe=replace(RECIPE, scale=10.0))


def test_what_is_done_is_left_alone(trained, pairs, tiny_base):
    before = weights(trained[0].folder)
    with pytest.raises(ModelError, match="holds a model already"):
        train(pairs, trained[0].folder, tiny_base)
    assert train(pairs, trained[0].folder, tiny_base, resume=True) == trained[0]
    assert weights(trained[0].folder) == before


def test_a_pair_is_two_encoders(pairs, tiny_base, tmp_path):
    recipe = replace(RECIPE, pair=True, symmetric=True, chunk_size=8, pooling="cls", epochs=1, negatives=2)
    result = train(pairs, tmp_path / "pair", tiny_base, recipe=recipe)
    encoder = Encoder(str(result.folder / "query"), str(result.folder / "passage"), device="cpu")
    as_question, as_passage = encoder.encode_queries(["north ocean"]), encoder.encode_passages(["north ocean"])
    assert as_question.shape == as_passage.shape == (1, 32)
    assert not np.allclose(as_question, as_passage, atol=1e-2)
    assert json.loads((result.folder / "query" / "1_Pooling" / "config.json").read_text())["pooling_mode"] == "cls"
    with pytest.raises(ModelError, match="holds a model already"):
        train(pairs, result.folder, tiny_base, recipe=recipe)


def test_training_stops_where_nothing_gets_better(pairs, tiny_base, tmp_path):
    recipe = replace(RECIPE, learning_rate=1e-12, patience=2, negatives=0)
    rows = []
    result = train(pairs, tmp_path / "encoder", tiny_base, recipe=recipe, on_progress=rows.append)
    assert [row.mrr for row in rows if row.mrr is not None] == pytest.approx([result.mrr] * 3, abs=1e-6)
    assert rows[-1].epoch < RECIPE.epochs


@pytest.mark.parametrize(
    ("base", "recipe", "error", "said"),
    [
        ("nobody/knows", RECIPE, ModelError, "nobody/knows"),
        (None, replace(RECIPE, max_seq_length=1024), SettingsError, "reads at most 512 tokens"),
    ],
)
def test_a_base_that_will_not_do_is_refused(base, recipe, error, said, pairs, tiny_base, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(error, match=said):
        train(pairs, tmp_path / "encoder", base or tiny_base, recipe=recipe)
    assert not (tmp_path / "encoder" / "training" / "plan.json").exists()


def test_questions_without_answers_are_refused(pairs, tiny_base, tmp_path):
    silent = tmp_path / "silent.jsonl"
    rows = [json.loads(line) | {"answers": []} for line in pairs.read_text(encoding="utf-8").splitlines()]
    silent.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    with pytest.raises(SourceError, match="there is no answer to learn from"):
        train(silent, tmp_path / "encoder", tiny_base)


def test_missing_packages_are_named(pairs, tiny_base, tmp_path, monkeypatch):
    monkeypatch.setattr("qa_system.training.dense.base.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"needs accelerate and datasets.*pip install 'qa-system\[train\]'"):
        train(pairs, tmp_path / "encoder", tiny_base)
