import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from qa_system.dense.files import FileVectors
from qa_system.dense.index import DenseIndex
from qa_system.dense.log import VectorLog
from qa_system.errors import StoreError, StoreLockedError
from qa_system.indexing.embedding import EmbeddingReport, embed_missing

HASH_ENCODER = Path(__file__).with_name("hash_encoder.py")


def embedded(path):
    """The log of an index, for a look at every row."""
    manifest = DenseIndex.open(path).manifest
    return VectorLog(path / manifest.log, manifest.dimension)


def workers_of(job):
    """The processes that a job has started, or has left behind."""
    listed = subprocess.run(["pgrep", "-s", str(job.pid), "-f", "spawn_main"], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


@pytest.fixture
def start_job(store, tmp_path):
    """Start the job as another process, slowly."""
    jobs = []

    def start(seconds, processes=1):
        places = [str(HASH_ENCODER), str(store.path), str(tmp_path / "dense")]
        command = [sys.executable, *places, str(seconds), str(processes)]
        jobs.append(subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True))
        return jobs[-1]

    yield start
    for job in jobs:
        job.kill()
        job.wait()


def wait_for_blocks(path, job):
    """Wait until the job has written something that is not all."""
    while job.poll() is None:
        journals = list(path.glob("log-*/journal"))
        if journals and journals[0].stat().st_size:
            return
        time.sleep(0.01)


def test_every_passage_is_embedded_with_its_own_vector(store, passages, tmp_path, hash_encoder):
    encoder = hash_encoder()

    report = embed_missing(store, FileVectors(store, tmp_path / "dense"), encoder)

    assert report == EmbeddingReport(embedded=120)
    index = DenseIndex.open(tmp_path / "dense", encoder=encoder)
    for passage, vector in zip(passages, encoder.encode_passages([p.content for p in passages]), strict=True):
        [(found, score)] = index.search(vector, top_k=1, item_id=passage.meta["item_id"])
        assert found == passage.id
        assert score == pytest.approx(1, abs=1e-5)


def test_second_run_embeds_nothing(store, tmp_path, hash_encoder):
    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())
    encoder = hash_encoder()
    files = {path: path.read_bytes() for path in (tmp_path / "dense").glob("log-*/*")}

    report = embed_missing(store, FileVectors(store, tmp_path / "dense"), encoder)

    assert report == EmbeddingReport(unchanged=120)
    assert encoder.blocks == []
    assert {path: path.read_bytes() for path in (tmp_path / "dense").glob("log-*/*")} == files


def test_only_what_changed_in_the_store_is_done(store, passages, tmp_path, hash_encoder):
    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())
    store.delete_documents([passage.id for passage in passages[:5]])
    store.write_documents([type(passages[0])(id="new", content="new", meta={"item_id": "i1"})])

    report = embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())

    assert report == EmbeddingReport(embedded=1, unchanged=115, removed=5)
    assert set(embedded(tmp_path / "dense").live_ids) == {"new", *(passage.id for passage in passages[5:])}


def test_rebuilding_embeds_all_again(store, tmp_path, hash_encoder):
    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())

    assert embed_missing(
        store, FileVectors(store, tmp_path / "dense"), hash_encoder(), rebuild=True
    ) == EmbeddingReport(embedded=120)
    assert len(embedded(tmp_path / "dense").ids) == 120


def test_texts_of_like_length_are_encoded_together(store, tmp_path, hash_encoder):
    encoder = hash_encoder()

    embed_missing(store, FileVectors(store, tmp_path / "dense"), encoder, batch_size=10)

    lengths = [len(text) for block in encoder.blocks for text in block]
    assert [len(block) for block in encoder.blocks] == [10] * 12
    assert lengths == sorted(lengths)


def test_progress_tells_what_is_on_the_disk_of_what_was_missing(store, passages, tmp_path, hash_encoder):
    told, embedded_before = [], 0

    def progress(done, total):
        assert len(embedded(tmp_path / "dense").ids) == embedded_before + done
        told.append((done, total))

    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder(), batch_size=50, progress=progress)
    assert told == [(50, 120), (100, 120), (120, 120)]

    told.clear()
    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder(), progress=progress)
    assert told == []

    embedded_before = 120
    store.write_documents([type(passages[0])(id=f"new{number}", content="new") for number in range(3)])
    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder(), batch_size=2, progress=progress)
    assert told == [(2, 3), (3, 3)]


def test_run_with_nothing_to_embed_reads_no_passage(store, tmp_path, hash_encoder):
    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())
    store.iter_documents = None

    assert embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder()) == EmbeddingReport(
        unchanged=120
    )


def test_store_without_passages_gives_an_empty_index(store, passages, tmp_path, hash_encoder):
    store.delete_all_documents()

    assert embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder()) == EmbeddingReport()
    assert len(DenseIndex.open(tmp_path / "dense")) == 0


def test_passages_without_text_or_item_are_embedded_too(store, tmp_path, hash_encoder):
    store.write_documents([store.filter_documents()[0].__class__(id="bare", content=None)])

    embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())

    assert "bare" in embedded(tmp_path / "dense").live_ids


def test_encoder_that_fails_leaves_the_blocks_before(store, tmp_path, hash_encoder):
    encoder = hash_encoder()
    encode, encoder.encode_passages = (
        encoder.encode_passages,
        lambda texts: encode(texts) * (np.nan if len(encoder.blocks) == 4 else 1),
    )

    with pytest.raises(StoreError, match="NaN"):
        embed_missing(store, FileVectors(store, tmp_path / "dense"), encoder, batch_size=10)

    assert embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder()) == EmbeddingReport(
        embedded=90, unchanged=30
    )


@pytest.mark.parametrize(("seed", "processes"), [(0, 1), (1, 1), (2, 1), (3, 2)])
def test_killed_job_goes_on_with_every_passage_once(
    store, passages, tmp_path, hash_encoder, start_job, seed, processes
):
    job = start_job(0.05, processes)
    wait_for_blocks(tmp_path / "dense", job)
    time.sleep(random.Random(seed).uniform(0, 0.3))
    os.kill(job.pid, signal.SIGKILL)
    job.wait()

    report = embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder(), batch_size=10)

    log = embedded(tmp_path / "dense")
    assert sorted(log.ids) == sorted(passage.id for passage in passages)
    assert log.dead_rows == 0
    assert report.unchanged >= 10
    assert report.unchanged % 10 == 0
    contents = {passage.id: passage.content for passage in passages}
    vectors = hash_encoder().encode_passages([contents[id_] for id_ in log.ids])
    np.testing.assert_array_equal(log.vectors, vectors)


def test_several_processes_write_what_one_does(store, tmp_path, start_job):
    assert start_job(0, processes=1).wait() == 0
    (tmp_path / "dense").rename(tmp_path / "by one")
    assert start_job(0, processes=3).wait() == 0

    one, three = embedded(tmp_path / "by one"), embedded(tmp_path / "dense")
    assert list(one.ids) == list(three.ids)
    np.testing.assert_array_equal(one.vectors, three.vectors)


def test_processes_of_a_killed_job_end(tmp_path, start_job):
    job = start_job(0.05, processes=2)
    wait_for_blocks(tmp_path / "dense", job)
    os.kill(job.pid, signal.SIGKILL)
    job.wait()

    deadline = time.monotonic() + 60
    while workers_of(job):
        assert time.monotonic() < deadline, "they wait for ever"
        time.sleep(0.05)


def test_process_that_is_killed_ends_the_job_with_the_reason(store, tmp_path, start_job):
    job = start_job(0.2, processes=2)
    wait_for_blocks(tmp_path / "dense", job)
    os.kill(workers_of(job)[0], signal.SIGKILL)

    _, said = job.communicate()
    assert job.returncode != 0
    assert "ended from outside" in said
    assert len(DenseIndex.open(tmp_path / "dense")) > 0


def test_second_job_is_turned_away_while_the_first_runs(store, tmp_path, hash_encoder, start_job):
    job = start_job(0.5)
    wait_for_blocks(tmp_path / "dense", job)

    with pytest.raises(StoreLockedError, match="Another process is writing"):
        embed_missing(store, FileVectors(store, tmp_path / "dense"), hash_encoder())

    index = DenseIndex.open(tmp_path / "dense")
    assert 0 < len(index) < 120
