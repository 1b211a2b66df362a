"""What was committed survives kill -9, a full disk and a second writer; damage is named, never guessed around."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from haystack import Document

from qa_system.errors import StoreError, StoreLockedError
from qa_system.stores.embedded import EmbeddedDocumentStore

BATCH = 50
WRITER = f"""
import sys
from haystack import Document
from haystack.document_stores.types import DuplicatePolicy
from qa_system.stores.embedded import EmbeddedDocumentStore

store = EmbeddedDocumentStore(sys.argv[1])
number = store.count_documents() // {BATCH}
while True:
    with store.writing():
        for half in range(2):
            ids = [f"{{number}}-{{half}}-{{i}}" for i in range({BATCH // 2})]
            store.write_documents([Document(id=id, content="good", meta={{"batch": number}}) for id in ids])
    print(number, flush=True)
    number += 1
"""
DISK_FILLER = """
import resource, sys
from haystack import Document
from qa_system.errors import StoreError
from qa_system.stores.embedded import EmbeddedDocumentStore

store = EmbeddedDocumentStore(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    store.write_documents([Document(content=f"{i} " + " ".join(str(i * j) for j in range(90))) for i in range(4000)])
except StoreError as error:
    print(error)
assert store.count_documents() == 1
"""


@contextmanager
def writer(store: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(store)], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def assert_whole_batches(store: EmbeddedDocumentStore) -> int:
    counts = store.count_by("batch")
    assert set(counts.values()) <= {BATCH}
    assert sorted(counts) == list(range(len(counts)))
    return len(counts)


def test_kill_9_leaves_every_committed_batch_and_no_half_one(tmp_path: Path) -> None:
    chance = random.Random(3)
    for _ in range(3):
        with writer(tmp_path / "store") as process:
            first = process.stdout.readline()  # type: ignore[union-attr]
            time.sleep(chance.random() / 2)
            os.kill(process.pid, signal.SIGKILL)
            told = [int(line) for line in (first + process.stdout.read()).split()]  # type: ignore[union-attr]
        store = EmbeddedDocumentStore.open(tmp_path / "store")
        assert assert_whole_batches(store) in (told[-1] + 1, told[-1] + 2)
        assert (
            store.count_documents() == len(store.filter_documents()) == len(store.bm25_retrieval("good", top_k=10**6))
        )
    store.write_documents([Document(id="after")])
    assert [document.id for document in store.get_documents_by_id(["after"])] == ["after"]


def test_a_reader_sees_whole_batches_while_another_process_writes_and_cannot_write_itself(tmp_path: Path) -> None:
    with writer(tmp_path / "store") as process:
        process.stdout.readline()  # type: ignore[union-attr]
        store = EmbeddedDocumentStore.open(tmp_path / "store")
        first = seen = assert_whole_batches(store)
        while seen < first + 5:
            latest = assert_whole_batches(store)
            assert latest >= seen
            seen = latest
    assert seen >= 6


def test_a_second_writer_is_told_that_a_job_is_running(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store, second = EmbeddedDocumentStore(path), EmbeddedDocumentStore(path)
    with store.writing():
        store.write_documents([Document(id="1")])
        with pytest.raises(StoreLockedError, match=rf"{path} is being written by another job.*Wait"):
            second.write_documents([Document(id="2")])
    second.write_documents([Document(id="2")])
    assert store.count_documents() == 2


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on file sizes is POSIX's")
def test_a_disk_that_fills_up_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = EmbeddedDocumentStore(tmp_path / "store")
    store.write_documents([Document(id="before", content="good")])
    ran = subprocess.run(
        [sys.executable, "-c", DISK_FILLER, str(store.path)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"The store {store.path} could not be written" in ran.stdout
    assert "MB free" in ran.stdout
    assert [document.id for document in store.bm25_retrieval("good")] == ["before"]
    store.write_documents([Document(id="after")])
    assert store.count_documents() == 2


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("healthy") / "store"
    EmbeddedDocumentStore(path).write_documents([Document(content=f"good {i}") for i in range(100)])
    return path


@pytest.mark.parametrize("kept", [0, 0.5])
@pytest.mark.parametrize("ending", ["meta.json", ".term", ".idx", ".store", ".fast", ".fieldnorm"])
def test_a_truncated_file_is_named_as_damage(healthy: Path, tmp_path: Path, ending: str, kept: float) -> None:
    broken = Path(shutil.copytree(healthy, tmp_path / "broken"))
    file = min((broken / "documents").glob(f"*{ending}"))
    os.truncate(file, int(file.stat().st_size * kept))
    with pytest.raises(StoreError, match=rf"{broken} is damaged: .*index the reviews again"):
        EmbeddedDocumentStore.open(broken).count_documents()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_not_called_damaged(healthy: Path, tmp_path: Path) -> None:
    locked = Path(shutil.copytree(healthy, tmp_path / "locked"))
    for lock in (locked / "documents").glob("*.lock"):
        lock.unlink()
    (locked / "documents").chmod(0o555)
    with pytest.raises(StoreError, match=r"cannot be read: reading takes a lock"):
        EmbeddedDocumentStore.open(locked).count_documents()


def test_a_missing_index_is_damage_too(healthy: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(healthy, tmp_path / "broken"))
    (broken / "documents" / "meta.json").unlink()
    with pytest.raises(StoreError, match=r"damaged: .*meta\.json is missing"):
        EmbeddedDocumentStore.open(broken).filter_documents()


def test_a_store_that_was_only_begun_is_empty_and_can_be_written(healthy: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    (begun / "documents").mkdir(parents=True)
    shutil.copy(healthy / "store.json", begun)
    store = EmbeddedDocumentStore.open(begun)
    assert store.count_documents() == 0
    store.write_documents([Document(id="1")])
    assert store.count_documents() == 1


def test_a_path_that_cannot_be_made_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = EmbeddedDocumentStore(tmp_path / "file" / "store")
    with pytest.raises(StoreError, match="could not be written"):
        store.write_documents([Document(id="1")])
