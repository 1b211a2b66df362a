"""A toy reader, cross-validated."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from haystack.utils import ComponentDevice

from qa_system.errors import ModelError, SettingsError
from qa_system.eval.journal import read_run
from qa_system.sources.splits import held_out
from qa_system.training.crossvalidation import CrossValidation, cross_validate
from qa_system.training.curriculum import Curriculum, Stage
from qa_system.training.log import Progress
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.recipe_text import recipe_text

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)
RECIPE = Recipe(
    epochs=2, learning_rate=1e-2, batch_tokens=512, max_seq_length=64, stride=16, ema_decay=0.9, validations_per_epoch=1
)


@pytest.fixture(scope="module")
def validate(questions: Path, tiny_base: Path) -> Callable[..., CrossValidation]:
    """Cross-validate in two folds."""

    def run(out: Path, **options: object) -> CrossValidation:
        said = {"folds": 2, "base": str(tiny_base), "recipe": RECIPE, "device": ComponentDevice.from_str("cpu")}
        return cross_validate([TrainingSource(questions)], out, **said | options)

    return run


@pytest.fixture(scope="module")
def interrupted(validate: Callable[..., CrossValidation], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stopped in the second fold."""

    def interrupt(fold: int, _: Progress) -> None:
        if fold == 2:
            raise KeyboardInterrupt

    out = tmp_path_factory.mktemp("folds") / "toy"
    with pytest.raises(KeyboardInterrupt):
        validate(out, on_progress=interrupt)
    return out


@pytest.fixture(scope="module")
def resumed(validate: Callable[..., CrossValidation], interrupted: Path) -> tuple[CrossValidation, list[int]]:
    """The measures, and the folds that were trained again."""
    told: list[int] = []
    return validate(interrupted, resume=True, on_progress=lambda fold, row: told.append(fold)), told


def test_what_was_begun_is_only_gone_on_with_as_it_was_begun(
    interrupted: Path, validate: Callable[..., CrossValidation]
) -> None:
    with pytest.raises(SettingsError, match=r"was interrupted\. Resume it"):
        validate(interrupted)
    with pytest.raises(SettingsError, match="begun with another folds, data"):
        validate(interrupted, resume=True, folds=3)
    with pytest.raises(SettingsError, match="begun with another epochs"):
        validate(interrupted, resume=True, recipe=Recipe(epochs=9, max_seq_length=64, stride=16))


def test_a_fold_that_was_done_is_not_trained_again(resumed: tuple[CrossValidation, list[int]]) -> None:
    assert set(resumed[1]) == {2}


def test_every_question_that_is_not_held_out_is_answered_once(
    resumed: tuple[CrossValidation, list[int]], questions: Path
) -> None:
    contexts = [json.loads(line)["context"] for line in questions.read_text(encoding="utf-8").splitlines()]
    run = read_run(resumed[0].run)
    assert sorted(one.question.context for one in run.predictions) == sorted(c for c in contexts if not held_out(c))
    assert [one.question.id for one in run.predictions] == [str(place) for place in range(len(run.predictions))]


def test_the_recipe_is_measured_on_all_folds_and_on_each(resumed: tuple[CrossValidation, list[int]]) -> None:
    measured = resumed[0]
    pooled = measured.pooled.measures["F1"]
    assert pooled.value > 0.8, measured
    assert pooled.low < pooled.value < pooled.high or pooled.value == 1.0
    folds = [fold.measures["F1"] for fold in measured.folds]
    assert sum(fold.count for fold in folds) == pooled.count
    assert sum(fold.count * fold.value for fold in folds) == pytest.approx(pooled.count * pooled.value)


def test_figures_and_report_are_written_and_no_model_is_published(
    resumed: tuple[CrossValidation, list[int]], interrupted: Path
) -> None:
    whole, *folds = json.loads((interrupted / "cv.json").read_text(encoding="utf-8"))["runs"]
    assert whole["measures"]["F1"]["value"] == resumed[0].pooled.measures["F1"].value
    assert [fold["system"] for fold in folds] == ["toy, fold 1", "toy, fold 2"]
    report = resumed[0].report.read_text(encoding="utf-8")
    assert "# Cross-validation of toy" in report
    assert "Fold 2" in report
    assert sorted(path.name for path in interrupted.iterdir()) == [
        "cv.json",
        "folds",
        "report.md",
        "run.jsonl",
        "training",
    ]


def test_the_command_shows_what_was_measured(
    resumed: tuple[CrossValidation, list[int]], interrupted: Path, questions: Path, tiny_base: Path, qa: RunQA
) -> None:
    recipe = interrupted.parent / "recipe.toml"
    stage = Stage(name="toy", sources=(TrainingSource(questions),), recipe=RECIPE)
    recipe.write_text(recipe_text(Curriculum(base=str(tiny_base), stages=(stage,))), encoding="utf-8")
    ran = qa("train", "reader", "--recipe", recipe, "--out", interrupted, "--cv", "2", "--device", "cpu", "--resume")
    assert (ran.code, "epoch" in ran.err) == (0, False), ran.err
    assert ran.out == resumed[0].report.read_text(encoding="utf-8")


def test_a_folder_with_a_model_is_left_alone(validate: Callable[..., CrossValidation], tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    with pytest.raises(ModelError, match="holds a model already"):
        validate(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "{questions}", "--cv", "1"], "greater than or equal to 2"),
        (["--data", "{questions}", "--cv", "90", "--base", "{base}"], "too few reviews for 90 folds"),
        (["--data", "{questions}", "--cv", "2", "--replace-if-better", "{base}"], "--cv publishes no model"),
        (["--recipe", "{recipe}", "--cv", "2"], "one stage, and this one has 2"),
    ],
)
def test_mistakes_are_explained(
    arguments: list[str], said: str, qa: RunQA, questions: Path, tiny_base: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "two.toml"
    stages = [f'[[stages]]\nname = "{name}"\nsources = [{{ path = "{questions}" }}]' for name in "ab"]
    recipe.write_text("\n".join(stages), encoding="utf-8")
    filled = [each.format(questions=questions, base=tiny_base, recipe=recipe) for each in arguments]
    ran = qa("train", "reader", "--out", tmp_path / "out", *filled)
    assert ran.code in (2, 3)
    assert said in " ".join(ran.err.replace("│", " ").split())
