from qa_system.training.dense.checkpoints import (
    DenseCheckpoint,
    last_checkpoint,
    mark_complete,
    replace_folder,
    restore_folder,
)


def test_the_last_whole_checkpoint_is_gone_on_from(tmp_path):
    for step in (9, 10, 11):
        (tmp_path / f"checkpoint-{step}").mkdir()
    mark_complete(tmp_path / "checkpoint-9", log_size=90)
    mark_complete(tmp_path / "checkpoint-10", log_size=100)
    assert last_checkpoint(tmp_path) == DenseCheckpoint(tmp_path / "checkpoint-10", 100)
    assert not (tmp_path / "checkpoint-11").exists()


def test_without_one_it_begins_anew(tmp_path):
    assert last_checkpoint(tmp_path) is None


def test_one_of_two_folders_is_always_there(tmp_path):
    best, written = tmp_path / "best", tmp_path / "best.new"
    for text in ("one", "two"):
        written.mkdir()
        (written / "model").write_text(text)
        replace_folder(best, written)
        assert (best / "model").read_text() == text
    best.rename(tmp_path / "best.old")  # where a kill leaves them
    written.mkdir()
    restore_folder(best)
    assert (best / "model").read_text() == "two"
    replace_folder(best, written)
    assert [path.name for path in tmp_path.iterdir()] == ["best"]
