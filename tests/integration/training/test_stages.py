"""A toy reader trained in two stages, and one that learns from another."""

import json
from dataclasses import replace
from shutil import copytree

import pytest
from haystack.utils import ComponentDevice
from huggingface_hub import ModelCard

from qa_system.errors import ModelError, SettingsError, SourceError
from qa_system.training.curriculum import Curriculum, Stage
from qa_system.training.mixture import TrainingSource
from qa_system.training.reader import train_reader
from qa_system.training.recipe import Recipe
from qa_system.training.stages import train_in_stages

CPU = ComponentDevice.from_str("cpu")
RECIPE = Recipe(
    epochs=1, learning_rate=1e-2, batch_tokens=512, max_seq_length=64, stride=16, ema_decay=0.9, validations_per_epoch=1
)


@pytest.fixture(scope="module")
def curriculum(questions, tiny_base):
    general = Stage(name="general", sources=(TrainingSource(questions, weight=0.5),), recipe=RECIPE)
    near = Stage(
        name="near",
        sources=(TrainingSource(questions),),
        recipe=replace(RECIPE, negatives="bm25", negative_share=0.3, layer_decay=0.9),
    )
    return Curriculum(base=str(tiny_base), stages=(general, near))


@pytest.fixture(scope="module")
def trained(curriculum, tmp_path_factory):
    rows = []
    out = tmp_path_factory.mktemp("stages") / "reader"
    return train_in_stages(curriculum, out, device=CPU, on_progress=lambda *row: rows.append(row)), rows


def weights(folder):
    return (folder / "model.safetensors").read_bytes()


def changed(curriculum, number, **values):
    stages = list(curriculum.stages)
    stages[number] = stages[number].model_copy(update=values)
    return curriculum.model_copy(update={"stages": tuple(stages)})


def test_each_stage_starts_from_the_one_before(trained, curriculum):
    result, rows = trained
    first = result.folder / "stages/general"
    assert [stage.name for stage, row in rows if row.f1 is not None] == ["general", "near"]
    assert rows[-1][1].loss < rows[0][1].loss
    alone = curriculum.stages[1]
    again = train_reader(
        alone.sources, result.folder.parent / "again", base=str(first), recipe=alone.recipe, device=CPU
    )
    assert weights(again.folder) == weights(result.folder) != weights(first)


def test_what_is_done_is_not_done_again(trained, curriculum):
    rows = []
    again = train_in_stages(
        curriculum, trained[0].folder, resume=True, device=CPU, on_progress=lambda *row: rows.append(row)
    )
    assert rows == []
    assert (again.folder, again.f1) == (trained[0].folder, trained[0].f1)
    with pytest.raises(ModelError, match="holds a model already"):
        train_in_stages(curriculum, trained[0].folder, device=CPU)


@pytest.fixture(scope="module")
def interrupted(curriculum, tmp_path_factory):
    """Stopped in the second stage."""

    def interrupt(stage, _):
        if stage.name == "near":
            raise KeyboardInterrupt

    out = tmp_path_factory.mktemp("interrupted") / "reader"
    with pytest.raises(KeyboardInterrupt):
        train_in_stages(curriculum, out, device=CPU, on_progress=interrupt)
    return out


def test_an_interrupted_one_is_not_begun_again_or_gone_on_with_differently(interrupted, curriculum):
    with pytest.raises(SettingsError, match="was interrupted"):
        train_in_stages(curriculum, interrupted, device=CPU)
    for number in (0, 1):
        other = changed(curriculum, number, recipe=replace(curriculum.stages[number].recipe, seed=7))
        with pytest.raises(SettingsError, match="begun with another seed"):
            train_in_stages(other, interrupted, resume=True, device=CPU)


def test_between_two_stages_it_is_interrupted_too(interrupted, curriculum, tmp_path):
    out = tmp_path / "reader"
    copytree(interrupted / "stages", out / "stages")
    with pytest.raises(SettingsError, match="was interrupted"):
        train_in_stages(curriculum, out, device=CPU)


def test_it_goes_on_in_the_stage_it_was_in(interrupted, trained, curriculum, tmp_path):
    out = copytree(interrupted, tmp_path / "reader")
    rows = []
    result = train_in_stages(curriculum, out, resume=True, device=CPU, on_progress=lambda *row: rows.append(row))
    assert {stage.name for stage, _ in rows} == {"near"}
    assert weights(result.folder) == weights(trained[0].folder)


def test_the_data_of_all_stages_are_read_before_the_first_begins(curriculum, tmp_path):
    lost = changed(curriculum, 1, sources=(TrainingSource(tmp_path / "lost.jsonl"),))
    with pytest.raises(SourceError, match=r"lost\.jsonl"):
        train_in_stages(lost, tmp_path / "reader", device=CPU)
    assert not (tmp_path / "reader").exists()


@pytest.fixture(scope="module")
def teacher(trained):
    return str(trained[0].folder)


def test_a_student_learns_from_its_teachers_alone(trained, teacher, questions, tiny_base, tmp_path):
    result = train_reader(
        [TrainingSource(questions)],
        tmp_path / "student",
        base=str(tiny_base),
        teachers=[teacher, teacher],
        recipe=replace(RECIPE, epochs=3, teacher_weight=1.0),
        device=CPU,
    )
    assert result.f1 > trained[0].f1 - 0.1


def test_a_training_with_a_teacher_is_another(teacher, questions, tiny_base, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    options = {"base": str(tiny_base), "recipe": RECIPE, "device": CPU}
    with pytest.raises(KeyboardInterrupt):
        train_reader([TrainingSource(questions)], tmp_path / "s", teachers=[teacher], on_progress=interrupt, **options)
    with pytest.raises(SettingsError, match="begun with another teachers"):
        train_reader([TrainingSource(questions)], tmp_path / "s", resume=True, **options)


def test_a_teacher_of_other_tokens_is_refused(teacher, questions, tiny_base, tmp_path):
    cased = copytree(teacher, tmp_path / "cased")
    config = cased / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"do_lower_case": False}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"the teacher '.*cased' cuts text into other tokens than the base"):
        train_reader(
            [TrainingSource(questions)], tmp_path / "s", base=str(tiny_base), teachers=[str(cased)], recipe=RECIPE
        )
    assert not (tmp_path / "s").exists()


def test_a_teacher_without_a_head_is_refused(questions, tiny_base, tmp_path):
    with pytest.raises(ModelError, match="is not a model for extractive question answering"):
        train_reader(
            [TrainingSource(questions)],
            tmp_path / "s",
            base=str(tiny_base),
            teachers=[str(tiny_base)],
            recipe=RECIPE,
            device=CPU,
        )


def test_the_card_tells_of_all_stages(trained, tiny_base):
    card = ModelCard.load(trained[0].folder / "README.md")
    assert card.data.base_model == tiny_base.name
    assert ["Stage *general*:" in card.text, "Stage *near*:" in card.text] == [True, True]
    assert "general, near" in card.text
    assert card.text.count("[[stages]]") == 2
