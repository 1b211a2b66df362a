import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qa_system.dense.derived import Derived
from qa_system.dense.index import DenseIndex
from qa_system.dense.writer import locked_log


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def garble(path):
    path.write_bytes(b"x" * path.stat().st_size)


@pytest.mark.parametrize("harm", [cut, garble, Path.unlink])
def test_damaged_file_is_ignored_with_a_warning_and_made_again(run_job, index_of, make_vectors, harm, caplog):
    path = index_of()
    query = make_vectors(1)[0]
    file = path / Derived.load(path).file
    harm(file)

    found = DenseIndex.open(path).search(query, top_k=600)

    assert len(found) == 600
    assert "is searched exactly" in caplog.text
    assert "The next `qa index` makes it again" in caplog.text
    run_job(path)
    assert DenseIndex.open(path)._approximate is not None


def test_job_makes_a_file_again_of_which_one_bit_is_wrong(run_job, index_of):
    path = index_of()
    before = Derived.load(path)
    flip(path / before.file)

    run_job(path)

    after = Derived.load(path)
    assert after.file != before.file
    assert after.serves(path, log_of(path), "ivf-sq8")


def log_of(path):
    with locked_log(path) as log:
        return log


def test_description_that_cannot_be_read_is_ignored_and_made_again(run_job, index_of, caplog):
    path = index_of()
    (path / "approximate.json").write_text('{"kind": ')

    assert len(DenseIndex.open(path).search(np.ones(4, np.float32), top_k=9)) == 9
    assert "approximate.json is damaged" in caplog.text
    run_job(path)
    assert Derived.load(path).rows == 600


def test_file_of_another_index_is_ignored(passages, run_job, index_of, tmp_path, make_vectors, caplog):
    path, other = index_of(), tmp_path / "other"
    run_job(other, added=passages.ids, vectors=make_vectors(600, seed=9))
    for name in ("approximate.json", Derived.load(path).file):
        (other / name).write_bytes((path / name).read_bytes())

    assert DenseIndex.open(other)._approximate is None
    assert "was built from another log" in caplog.text


KILLED = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from qa_system.dense import derived, kinds
from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.writer import IndexWriter

kinds.FEWEST = 300
identity = EncoderIdentity("model-a", "model-a", "a" * 64, "a" * 64)
checksum_of = derived.checksum_of
import qa_system.dense.tuning as tuning
def wait(path):
    path.write_bytes(path.read_bytes()[: int(sys.argv[2])] if int(sys.argv[2]) else path.read_bytes())
    print("written", flush=True)
    time.sleep(60)
tuning.checksum_of = wait
with IndexWriter(Path(sys.argv[1]), SimpleNamespace(identity=identity, dimension=4), kind="ivf") as writer:
    pass
"""


@pytest.mark.parametrize("bytes_written", [0, 1000])
def test_writer_killed_while_it_builds_leaves_what_was_there(run_job, index_of, bytes_written):
    path = index_of("ivf-sq8")
    before = Derived.load(path)
    job = subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(bytes_written)], stdout=subprocess.PIPE)
    assert job.stdout.readline() == b"written\n"
    os.kill(job.pid, signal.SIGKILL)
    job.wait()
    job.stdout.close()

    assert len(list(path.glob("*.faiss"))) == 2
    assert Derived.load(path) == before
    assert DenseIndex.open(path)._approximate[0].kind == "ivf-sq8"
    run_job(path, "ivf")
    assert [file.name for file in path.glob("*.faiss")] == [Derived.load(path).file]
    assert DenseIndex.open(path)._approximate[0].kind == "ivf"
