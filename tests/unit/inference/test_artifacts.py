import os
import subprocess
import sys
from pathlib import Path

import pytest

from qa_system.inference.artifacts import artifact, cache_folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def refuse():
    raise RuntimeError("made again")


def test_is_made_once():
    assert artifact("a.onnx", lambda: b"model") == b"model"
    assert artifact("a.onnx", refuse) == b"model"


def test_another_name_is_another_artifact():
    artifact("a.onnx", lambda: b"model")
    assert artifact("b.onnx", lambda: b"other") == b"other"


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: b"",
        lambda stored: stored[:-1],
        lambda stored: stored[:10],
        lambda stored: stored + b"x",
        lambda stored: stored[:-1] + bytes([stored[-1] ^ 1]),
    ],
)
def test_a_damaged_one_is_made_again(damage):
    artifact("a.onnx", lambda: b"model")
    file = cache_folder() / "a.onnx"
    file.write_bytes(damage(file.read_bytes()))
    assert artifact("a.onnx", lambda: b"again") == b"again"
    assert artifact("a.onnx", refuse) == b"again"


def test_nothing_is_kept_of_one_that_could_not_be_made():
    with pytest.raises(RuntimeError, match="made again"):
        artifact("a.onnx", refuse)
    assert artifact("a.onnx", lambda: b"model") == b"model"


def test_a_part_that_a_killed_process_left_does_no_harm():
    cache_folder().mkdir(parents=True)
    (cache_folder() / "a.tmp").write_bytes(b"half a mo")
    assert artifact("a.onnx", lambda: b"model") == b"model"
    assert artifact("a.onnx", refuse) == b"model"


def test_processes_wait_for_the_one_that_makes_it(tmp_path):
    script = """
import os, sys, time
from qa_system.inference.artifacts import artifact

def make():
    with open(sys.argv[1], "a") as log:
        log.write("made\\n")
    time.sleep(0.3)
    return b"model" * 1000

sys.exit(artifact("a.onnx", make) != b"model" * 1000)
"""
    log = tmp_path / "log"
    processes = [subprocess.Popen([sys.executable, "-c", script, str(log)]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert log.read_text() == "made\n"


def test_a_folder_that_cannot_be_written_to_is_an_error_before_anything_is_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        artifact("a.onnx", refuse)


def test_without_xdg_cache_home_it_lies_in_the_home_folder(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path(os.path.expanduser("~/.cache/qa-system/models"))


def test_a_user_without_a_home_folder_is_told_so(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(OSError, match="no home folder"):
        artifact("a.onnx", refuse)
