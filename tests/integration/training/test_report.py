"""What a toy training leaves behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from haystack.utils import ComponentDevice
from huggingface_hub import ModelCard

from qa_system.eval.journal import read_run
from qa_system.eval.score import score
from qa_system.training.folder import TrainingFolder
from qa_system.training.history import History
from qa_system.training.mixture import TrainingSource
from qa_system.training.reader import Trained, train_reader
from qa_system.training.recipe import Recipe

Train = Callable[[Path], Trained]
RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)
RECIPE = Recipe(
    epochs=2, learning_rate=1e-2, batch_tokens=512, max_seq_length=64, stride=16, ema_decay=0.9, validations_per_epoch=2
)


@pytest.fixture(scope="module")
def train(questions: Path, tiny_base: Path) -> Train:
    """Train a reader into a folder, or go on with it."""

    def run(out: Path) -> Trained:
        sources = [TrainingSource(questions, license="CC0-1.0")]
        cpu = ComponentDevice.from_str("cpu")
        return train_reader(sources, out, base=str(tiny_base), recipe=RECIPE, resume=True, device=cpu)

    return run


@pytest.fixture(scope="module")
def killed(train: Train, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was killed when all but publishing was done."""

    def kill(folder: TrainingFolder) -> None:
        raise KeyboardInterrupt

    out = tmp_path_factory.mktemp("report") / "toy-reader"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingFolder, "publish", kill)
        with pytest.raises(KeyboardInterrupt):
            train(out)
    return out


@pytest.fixture(scope="module")
def trained(train: Train, killed: Path) -> Trained:
    return train(killed)


def test_a_training_that_was_killed_at_the_end_has_its_report(trained: Trained) -> None:
    assert {path.name for path in trained.report.parent.iterdir() if not path.name.startswith(".")} == {
        "curves.svg",
        "log.csv",
        "plan.json",
        "report.md",
        "validation.jsonl",
    }
    report = trained.report.read_text(encoding="utf-8")
    assert report.startswith("# How toy-reader was trained")
    assert f"The model of step {trained.account.history.best.step} was kept" in report
    assert len([line for line in report.splitlines() if "| kept |" in line]) == 1


def test_the_answers_it_tells_of_are_those_the_model_was_chosen_by(trained: Trained) -> None:
    history, measures = History.read(trained.log), trained.account.scorecard.measures
    assert len(history.validations) == 4
    assert measures["F1"].value == pytest.approx(history.best.f1, abs=1e-6)
    assert measures["EM"].value == pytest.approx(history.best.exact, abs=1e-6)
    assert measures["F1"].count == sum(one.validation for one in trained.account.sources)


def test_every_question_is_counted_once(trained: Trained, questions: Path) -> None:
    (counts,) = trained.account.sources
    assert counts.train + counts.validation + counts.held_out == len(questions.read_text(encoding="utf-8").splitlines())


def test_what_is_done_is_told_again_without_asking(trained: Trained, train: Train) -> None:
    before = trained.report.stat().st_mtime_ns
    again = train(trained.folder)
    assert trained.report.stat().st_mtime_ns == before
    assert again.account.scorecard.measures == trained.account.scorecard.measures
    assert again.account.traits == trained.account.traits


def test_the_card_lies_beside_the_weights(trained: Trained) -> None:
    card = ModelCard.load(trained.folder / "README.md")
    assert card.data.base_model == "tiny"
    assert "CC0-1.0" in card.text
    assert f"Threshold {trained.account.traits.threshold:.3f}" in card.text
    assert str(trained.folder) not in card.content


def test_qa_eval_reads_the_run(trained: Trained, qa: RunQA) -> None:
    run = trained.report.with_name("validation.jsonl")
    assert score(read_run(run)).measures == trained.account.scorecard.measures
    shown = qa("eval", "report", run)
    assert shown.code == 0, shown.err
    assert "toy-reader" in shown.out
