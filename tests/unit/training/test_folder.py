import json

import pytest

from qa_system.errors import ModelError, SettingsError
from qa_system.training.folder import TrainingFolder

PLAN = {"data": "d", "epochs": 3, "styles": {"opinion": "o"}, "teachers": []}


@pytest.fixture
def folder(tmp_path):
    return TrainingFolder(tmp_path / "out")


def begin(folder):
    with folder.held():
        folder.begin(PLAN)
    folder.checkpoint.touch()
    folder.best.mkdir()
    (folder.best / "config.json").touch()


def finish(folder):
    begin(folder)
    folder.publish()
    folder.finish()


def test_a_new_folder_can_be_trained_in_and_resumed(folder):
    for resume in (False, True):
        folder.check(resume=resume)
    folder.agree(PLAN)
    assert (folder.is_begun, folder.is_finished) == (False, False)


def test_what_was_begun_can_only_be_resumed(folder):
    begin(folder)
    assert (folder.is_begun, folder.is_finished) == (True, False)
    with pytest.raises(SettingsError, match=r"was interrupted\. Resume it \(--resume"):
        folder.check(resume=False)
    folder.check(resume=True)


def test_what_is_finished_is_not_trained_again(folder):
    finish(folder)
    assert (folder.is_begun, folder.is_finished) == (True, True)
    assert sorted(path.name for path in folder.work.iterdir() if path.name != "lock") == ["plan.json"]
    with pytest.raises(ModelError, match="holds a model already"):
        folder.check(resume=False)
    folder.check(resume=True)


def test_a_kill_while_the_model_is_copied_out_leaves_a_training_to_resume(folder):
    begin(folder)
    folder.publish()
    assert not folder.is_finished
    folder.check(resume=True)
    folder.publish()
    folder.finish()
    assert folder.is_finished


@pytest.mark.parametrize("resume", [False, True])
def test_a_model_from_elsewhere_is_left_alone(folder, resume):
    folder.out.mkdir()
    (folder.out / "config.json").touch()
    with pytest.raises(ModelError, match=r"holds a model already\. Train into a new folder"):
        folder.check(resume=resume)


@pytest.mark.parametrize("resume", [False, True])
def test_a_file_is_no_folder(folder, resume):
    folder.out.touch()
    with pytest.raises(SettingsError, match="is a file"):
        folder.check(resume=resume)


def test_what_differs_is_named(folder):
    begin(folder)
    folder.agree(json.loads(json.dumps(PLAN)))
    with pytest.raises(SettingsError, match=r"begun with another data, epochs, seed\. Resume it with the same"):
        folder.agree(PLAN | {"data": "e", "epochs": 4, "seed": 0})


def test_a_training_by_another_version_is_another(folder):
    begin(folder)
    (folder.work / "plan.json").unlink()
    with pytest.raises(SettingsError, match="begun with another data, epochs, styles, teachers"):
        folder.agree(PLAN)


def test_two_trainings_do_not_meet_in_a_folder(folder):
    with folder.held(), pytest.raises(SettingsError, match="Another process is training in"), folder.held():
        pass
    with folder.held():
        pass
