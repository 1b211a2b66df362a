import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from haystack.utils import ComponentDevice
from safetensors.torch import load_file
from typer.testing import CliRunner

from qa_system.cli import app
from qa_system.errors import ModelError, SettingsError, SourceError
from qa_system.opinions.model import NEGATIVE, POSITIVE, OpinionModel
from qa_system.training.mixture import TrainingSource
from qa_system.training.opinions.material import OpinionSet, balance
from qa_system.training.opinions.plan import OpinionPlan, load_plan
from qa_system.training.opinions.recipe import OpinionRecipe
from qa_system.training.opinions.train import train_opinions

CPU = ComponentDevice.from_str("cpu")
RECIPE = OpinionRecipe(
    epochs=3,
    learning_rate=1e-2,
    ema_decay=0.8,
    batch_tokens=512,
    max_seq_length=32,
    reviews=300,
    sentences=300,
    opinions=300,
    contrasts=100,
    tagged=300,
    validations_per_epoch=1,
    validation_samples=60,
)
SHORT = replace(
    RECIPE, epochs=1, reviews=60, sentences=60, opinions=60, contrasts=30, tagged=60, validations_per_epoch=2
)
# The same training in a process of its own, with a checkpoint after every step.
SCRIPT = """
import sys, torch
torch.set_num_threads(1)
from test_train_opinions import SHORT, train
train(*sys.argv[1:5], recipe=SHORT, checkpoint_minutes=0.0)
"""


def train(rated, told, out, base, *, recipe=RECIPE, **options):
    plan = OpinionPlan(
        base=str(base),
        layers=1,
        vocabulary=2200,
        reviews=(TrainingSource(Path(rated), license="MIT"),),
        sources=(TrainingSource(Path(told)),),
        recipe=recipe,
    )
    return train_opinions(plan, Path(out), device=CPU, **options)


@pytest.fixture(scope="module")
def trained(rated, told, tiny_base, tmp_path_factory):
    rows = []
    return train(rated, told, tmp_path_factory.mktemp("trained") / "opinions", tiny_base, on_progress=rows.append), rows


@pytest.fixture(scope="module")
def short(rated, told, tiny_base, tmp_path_factory):
    return train(rated, told, tmp_path_factory.mktemp("trained") / "opinions", tiny_base, recipe=SHORT)


def test_it_learns_what_praises_and_of_what_is_spoken(trained):
    result, _ = trained
    assert result.polarity > 0.7, result
    assert result.aspects > 0.8, result
    model = OpinionModel(result.folder, device=CPU, runtime="torch")
    good, bad = model.polarities([("chair", "The chair is lovely now 3."), ("", "The cable is broken here 4.")])
    assert (good.argmax(), bad.argmax()) == (POSITIVE, NEGATIVE)
    ((aspect,),) = model.aspects(["The jacket is great here 1."])
    assert aspect.text == "jacket"


def test_the_model_is_small_and_half_precise(trained):
    result, _ = trained
    weights = load_file(result.folder / "model.safetensors")
    assert len(weights["bert.embeddings.word_embeddings.weight"]) <= 2200
    assert weights["bert.embeddings.position_embeddings.weight"].shape == (128, 32)
    assert not any("layer.1." in name for name in weights)
    assert {str(each.dtype) for each in weights.values()} == {"torch.float16"}


def test_the_progress_the_log_the_report_and_the_card_tell(trained):
    result, rows = trained
    with result.log.open() as file:
        logged = list(csv.DictReader(file))
    assert [int(row["step"]) for row in logged] == [row.step for row in rows]
    assert sum(row["polarity"] != "" for row in logged) == 3
    report, card = result.report.read_text(), (result.folder / "README.md").read_text()
    assert "two opinions" in report
    assert "| sentence" in report
    assert (result.report.parent / "curves.svg").exists()
    assert "reviews.txt" in card
    assert str(result.folder.parent) not in card
    assert sorted(path.name for path in result.report.parent.iterdir()) == [
        "curves.svg",
        "log.csv",
        "plan.json",
        "report.md",
    ]


def test_the_recipe_on_the_card_repeats_the_training(trained, rated, told, tmp_path):
    card = (trained[0].folder / "README.md").read_text()
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(card.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    for source in (rated, told):
        placed = tmp_path / source.relative_to(os.path.commonpath([rated.parent, told.parent]))
        placed.parent.mkdir(parents=True, exist_ok=True)
        placed.write_bytes(source.read_bytes())
    plan = load_plan(str(recipe))
    assert plan.recipe == RECIPE
    assert (plan.layers, plan.vocabulary) == (1, 2200)


def test_a_killed_training_goes_on_as_if_nothing_happened(short, rated, told, tiny_base, tmp_path):
    out = tmp_path / "killed"
    command = [sys.executable, "-c", SCRIPT, str(rated), str(told), str(out), str(tiny_base)]
    process = subprocess.Popen(command, cwd=Path(__file__).parent, stderr=subprocess.DEVNULL)
    log = out / "training" / "log.csv"
    while process.poll() is None and not (log.exists() and log.read_text().count("\n") > 1):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with pytest.raises(SettingsError, match="--resume"):
        train(rated, told, out, tiny_base, recipe=SHORT)
    with pytest.raises(SettingsError, match="another reviews"):
        train(rated, told, out, tiny_base, recipe=replace(SHORT, reviews=10), resume=True)
    resumed = train(rated, told, out, tiny_base, recipe=SHORT, resume=True)
    theirs, ours = (load_file(each.folder / "model.safetensors") for each in (short, resumed))
    assert all((theirs[name] - ours[name]).abs().max() < 1e-2 for name in theirs)
    assert resumed.polarity == pytest.approx(short.polarity, abs=0.1)


def test_what_is_done_is_left_as_it_is(short, rated, told, tiny_base):
    with pytest.raises(ModelError, match="holds a model already"):
        train(rated, told, short.folder, tiny_base, recipe=SHORT)
    assert train(rated, told, short.folder, tiny_base, recipe=SHORT, resume=True) == short


def test_no_review_is_on_both_sides(rated, told):
    material = OpinionSet.load([TrainingSource(rated)], [TrainingSource(told)], seed=0)
    texts = {part: set(each.texts()) for part, each in material.parts.items()}
    reviews = {part: {one.text for one in each.statements["review"]} for part, each in material.parts.items()}
    assert reviews["train"].isdisjoint(reviews["validation"] | reviews["held_out"])
    assert all(texts.values())
    assert {NEGATIVE, POSITIVE} <= set(balance(material.parts["train"].statements["opinion"]))


def test_reviews_of_praise_alone_teach_nothing(tmp_path, told):
    path = tmp_path / "praise.txt"
    path.write_text("\n".join(f"5 #### Good thing number {n} ." for n in range(50)), encoding="utf-8")
    with pytest.raises(SourceError, match="none blames"):
        OpinionSet.load([TrainingSource(path)], [TrainingSource(told)], seed=0)


def test_the_command_says_what_is_missing(told, tmp_path):
    ran = CliRunner().invoke(app, ["train", "opinions", "--data", str(told), "--out", str(tmp_path / "out")])
    assert ran.exit_code == 2
    assert "--reviews" in ran.output
