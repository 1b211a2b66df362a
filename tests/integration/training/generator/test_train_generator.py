import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from haystack import Document
from haystack.utils import ComponentDevice
from safetensors.torch import load_file

from qa_system.dense.encoder import Encoder
from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.model_files import weights_hash
from qa_system.errors import ModelError, SettingsError, SourceError
from qa_system.generation.rag import RAGGenerator
from qa_system.training.generator.plan import GeneratorPlan, load_plan
from qa_system.training.generator.recipe import DenoisingRecipe, GeneratorRecipe
from qa_system.training.generator.train import train_generator
from qa_system.training.mixture import TrainingSource

CPU = ComponentDevice.from_str("cpu")
QUICK = {"learning_rate": 3e-3, "ema_decay": 0.5, "max_seq_length": 32, "warm_up": 0.1}
DENOISING = DenoisingRecipe(epochs=1, batch_tokens=512, validations_per_epoch=1, **QUICK)
RECIPE = GeneratorRecipe(
    epochs=4,
    batch_tokens=512,
    passages=2,
    max_answer_tokens=8,
    mining_depth=5,
    validations_per_epoch=1,
    patience=20,
    validation_questions=40,
    **QUICK,
)
SHORT = replace(RECIPE, epochs=1, validations_per_epoch=2)
# The same training in a process of its own, with a checkpoint after every step.
SCRIPT = """
import sys, torch
torch.set_num_threads(1)
from test_train_generator import SHORT, train
train(*sys.argv[1:5], recipe=SHORT, checkpoint_minutes=0.0)
"""


def train(praised, unlabelled, out, base, *, recipe=RECIPE, **options):
    plan = GeneratorPlan(
        base=str(base),
        encoder=str(base),
        vocabulary=2050,
        freeze=False,
        reviews=(TrainingSource(Path(unlabelled)),) if unlabelled else (),
        sources=(TrainingSource(Path(praised), license="MIT"),),
        reader=None,
        denoising=DENOISING,
        recipe=recipe,
    )
    return train_generator(plan, Path(out), device=CPU, **options)


@pytest.fixture(scope="module")
def trained(praised, unlabelled, praising_base, tmp_path_factory):
    rows = []
    out = tmp_path_factory.mktemp("trained") / "generator"
    result = train(praised, unlabelled, out, praising_base, on_progress=lambda *row: rows.append(row))
    return result, rows


@pytest.fixture(scope="module")
def short(praised, unlabelled, praising_base, tmp_path_factory):
    return train(praised, unlabelled, tmp_path_factory.mktemp("trained") / "generator", praising_base, recipe=SHORT)


def test_a_generator_learns_to_answer_and_to_abstain(trained):
    result, _ = trained
    assert result.f1 > 0.8, result
    generator = RAGGenerator(result.folder, device=CPU)
    passages = [
        Document(content="screen screen short with and", score=0.2),
        Document(content="Bass bass DEEP them so", score=0.9),
    ]
    (answer,) = generator.run("bass bass bass", passages)["answers"]
    assert answer.data == "DEEP"
    assert answer.meta["passages"][passages[1].id] > 0.5
    (nothing,) = generator.run("lamp lamp lamp", passages)["answers"]
    assert nothing.data == ""


def test_the_model_is_small_and_says_how_it_works(trained):
    weights = load_file(trained[0].folder / "model.safetensors")
    assert {str(tensor.dtype) for tensor in weights.values()} == {"torch.float16"}
    said = json.loads((trained[0].folder / "config.json").read_text())["qa_system"]
    assert (said["variant"], said["score_scale"], said["no_answer"]) == ("token", "relative", "not mentioned")
    assert len(weights["encoder.embeddings.word_embeddings.weight"]) <= 2050


def test_the_log_has_every_row_and_nothing_is_left_to_go_on_from(trained):
    result, rows = trained
    answering = [row for stage, row in rows if stage == "answering"]
    with result.log.open(newline="", encoding="utf-8") as file:
        logged = list(csv.DictReader(file))
    assert [int(row["step"]) for row in logged] == [row.step for row in answering]
    assert max(float(row["f1"]) for row in logged if row["f1"]) == pytest.approx(result.f1, abs=1e-6)
    assert answering[-1].loss < answering[0].loss / 4
    writing = [row for stage, row in rows if stage == "denoising"]
    assert writing[-1].validation_loss is not None
    assert writing[-1].f1 is None
    left = {path.name for path in result.log.parent.iterdir()}
    assert left == {"log.csv", "plan.json", "report.md", "curves.svg"}
    assert (result.folder / "stages" / "denoising" / "model.safetensors").exists()


def test_the_report_shows_scores_and_answers(trained):
    text = trained[0].report.read_text()
    assert "always abstaining |" in text
    assert "| lamp lamp lamp " in text
    assert "## Learning to write" in text


def test_the_card_has_a_recipe_that_repeats_it(trained, praising_base, tmp_path):
    card = (trained[0].folder / "README.md").read_text()
    assert "reviews.txt (licence as stated: none)" in card
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(card.split("```toml\n")[1].split("```")[0])
    plan_text = recipe.read_text()
    for name in ("praised.jsonl", "reviews.txt"):
        file = next(line.split('"')[1] for line in plan_text.splitlines() if name in line)
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / praising_base.name).mkdir()
    plan = load_plan(str(recipe))
    assert (plan.recipe, plan.denoising, plan.vocabulary, plan.reader) == (RECIPE, DENOISING, 2050, None)
    assert Path(plan.base).name == praising_base.name


@pytest.mark.parametrize("stage", ["denoising", "answering"])
def test_a_killed_training_goes_on_to_the_same_weights(stage, short, praised, unlabelled, praising_base, tmp_path):
    out = tmp_path / "generator"
    log = (out / "stages" / "denoising" if stage == "denoising" else out) / "training" / "log.csv"
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, praised, unlabelled, out, praising_base],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    while not log.exists() or log.read_text(encoding="utf-8").count("\n") < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    steps = []
    result = train(
        praised,
        unlabelled,
        out,
        praising_base,
        recipe=SHORT,
        resume=True,
        on_progress=lambda stage, row: steps.append((stage, row.step)),
    )
    assert (stage == "denoising") == (steps[0][0] == "denoising")
    lines = [[line.split(",")[0] for line in each.log.read_text().splitlines()] for each in (result, short)]
    assert lines[0] == lines[1]
    assert weights(result.folder) == weights(short.folder)


def test_the_encoder_of_questions_may_learn_along(praised, praising_base, tmp_path):
    recipe = replace(SHORT, end_to_end=True, prior_temperature=0.05, variant="sequence")
    result = train(praised, None, tmp_path / "generator", praising_base, recipe=recipe)
    query = result.folder / "query"
    before, after = (
        Encoder(str(folder), str(praising_base), device="cpu", runtime="torch") for folder in (praising_base, query)
    )
    assert abs(before.encode_queries(["bass bass bass"]) - after.encode_queries(["bass bass bass"])).max() > 1e-3
    generator = RAGGenerator(result.folder, device=CPU)
    known = EncoderIdentity(str(query), str(praising_base), weights_hash(query), weights_hash(praising_base))
    generator.check_retriever(known, vector_size=64)
    with pytest.raises(ModelError, match="weighs passages by the inner products"):
        generator.check_retriever(replace(known, query_weights=known.passage_weights), vector_size=64)
    assert generator._load().traits.variant == "sequence"


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def test_what_is_done_is_left_alone(short, praised, unlabelled, praising_base):
    before = weights(short.folder)
    with pytest.raises(ModelError, match="holds a model already"):
        train(praised, unlabelled, short.folder, praising_base, recipe=SHORT)
    assert train(praised, unlabelled, short.folder, praising_base, recipe=SHORT, resume=True) == short
    assert weights(short.folder) == before


def interrupt(*_):
    raise KeyboardInterrupt


def test_an_interrupted_training_is_neither_overwritten_nor_changed(praised, unlabelled, praising_base, tmp_path):
    out = tmp_path / "generator"
    with pytest.raises(KeyboardInterrupt):
        train(praised, unlabelled, out, praising_base, recipe=SHORT, on_progress=interrupt)
    with pytest.raises(SettingsError, match=r"was interrupted\. Resume it"):
        train(praised, unlabelled, out, praising_base, recipe=SHORT)
    with pytest.raises(SettingsError, match=r"begun with another passages\."):
        train(praised, unlabelled, out, praising_base, recipe=replace(SHORT, passages=3), resume=True)
    unlabelled_too = tmp_path / "more.txt"
    unlabelled_too.write_text(unlabelled.read_text() + "\n4 #### one more , of the lamp")
    with pytest.raises(SettingsError, match=r"begun with another reviews\."):
        train(praised, unlabelled_too, out, praising_base, recipe=SHORT, resume=True)


def test_training_stops_where_nothing_gets_better(praised, praising_base, tmp_path):
    recipe = replace(SHORT, epochs=4, learning_rate=1e-12, patience=2)
    rows = []
    train(
        praised, None, tmp_path / "generator", praising_base, recipe=recipe, on_progress=lambda *row: rows.append(row)
    )
    assert sum(row.validation_loss is not None for _, row in rows) == 3
    assert rows[-1][1].epoch < 4


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"base": "nobody/knows"}, ModelError, "nobody/knows"),
        ({"recipe": replace(SHORT, max_seq_length=1024)}, SettingsError, "reads at most 512 tokens"),
        ({"recipe": replace(SHORT, passages=10_000)}, SourceError, "each question is to be asked of 10000"),
    ],
)
def test_what_will_not_do_is_refused(changes, error, said, praised, praising_base, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(error, match=said):
        train(praised, None, tmp_path / "generator", **{"base": praising_base, "recipe": SHORT} | changes)


def test_questions_without_answers_are_refused(praised, praising_base, tmp_path):
    silent = tmp_path / "silent.jsonl"
    rows = [json.loads(line) | {"answers": []} for line in praised.read_text(encoding="utf-8").splitlines()]
    silent.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    with pytest.raises(SourceError, match="there is no answer to learn from"):
        train(silent, None, tmp_path / "generator", praising_base)
