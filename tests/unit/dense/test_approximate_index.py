import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.dense import kinds
from qa_system.dense.derived import Derived
from qa_system.dense.index import DenseIndex
from qa_system.dense.kinds import APPROXIMATE, Effort
from qa_system.dense.measuring import Sample
from qa_system.dense.tuning import tune
from qa_system.dense.writer import IndexWriter, locked_log
from qa_system.errors import StoreError, StoreLockedError

COUNT = 600
IDS = [f"p{number}" for number in range(COUNT)]
ITEMS = [f"item{number % 7}" for number in range(COUNT)]


@pytest.fixture(autouse=True)
def _build_of_few(monkeypatch):
    """Build from fewer vectors than is worth it."""
    monkeypatch.setattr(kinds, "FEWEST", 300)


@pytest.fixture
def index_of(tmp_path, make_encoder, make_vectors):
    """Write 600 passages, of which a kind is built, once."""

    def write(kind="ivf-sq8", *, blocks=3):
        if (tmp_path / "dense").exists():
            return tmp_path / "dense"
        with IndexWriter(tmp_path / "dense", make_encoder(), kind=kind) as writer:
            vectors = make_vectors(COUNT)
            for start, stop in pairwise(range(0, COUNT + 1, COUNT // blocks)):
                writer.append(IDS[start:stop], ITEMS[start:stop], vectors[start:stop])
        return tmp_path / "dense"

    return write


def run_job(path, encoder, kind="ivf-sq8", *, added=(), delete=(), vectors=None):
    with IndexWriter(path, encoder, kind=kind) as writer:
        if len(added):
            writer.append(added, ["new"] * len(added), vectors)
        if len(delete):
            writer.delete(delete)


def exact(vectors, query, wanted, top_k):
    scores = {id_: float(vectors[id_] @ query) for id_ in wanted}
    return sorted(scores.values(), reverse=True)[:top_k]


@pytest.mark.parametrize("kind", APPROXIMATE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(data=st.data())
def test_growth_deletes_and_filters_lose_nothing(kind, index_of, tmp_path_factory, make_encoder, make_vectors, data):
    """With the most effort every search is exact but for a little; ids, items and numbers are right in any case."""
    path = Path(copytree(index_of(kind), tmp_path_factory.mktemp("dense") / "dense"))
    vectors = dict(zip(IDS, make_vectors(COUNT), strict=True))
    deleted = data.draw(st.sets(st.sampled_from(IDS), max_size=60), label="deleted")
    again = data.draw(st.lists(st.sampled_from([*IDS, "n1", "n2", "n3"]), unique=True, max_size=20), label="added")
    anew = make_vectors(len(again), seed=5) if again else np.empty((0, 4), np.float32)
    run_job(path, make_encoder(), kind, added=again, vectors=anew)
    run_job(path, make_encoder(), kind, delete=sorted(deleted))
    vectors |= dict(zip(again, anew, strict=True))
    live = set(vectors) - deleted
    query = make_vectors(1, seed=data.draw(st.integers(0, 50), label="query"))[0]
    top_k = data.draw(st.sampled_from([0, 1, 10, 100, 599, 5_000]), label="top_k")
    asked = data.draw(st.one_of(st.none(), st.lists(st.sampled_from([*IDS, "n1", "unknown"]))), label="ids")

    index = DenseIndex.open(path, effort=Effort(nprobe=10**6, ef_search=1024))
    found = index.search(query, top_k=top_k, ids=asked)

    wanted = live if asked is None else live & set(asked)
    best = exact(vectors, query, wanted, top_k)
    assert len(index) == len(live)
    assert len(dict(found)) == len(found) == len(best)
    assert {id_ for id_, _ in found} <= wanted
    np.testing.assert_allclose(
        [score for _, score in found], [float(vectors[id_] @ query) for id_, _ in found], atol=1e-5
    )
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    if asked is not None:
        np.testing.assert_allclose(scores, best, atol=1e-5)
    elif best:
        assert np.mean(scores) >= np.mean(best) - 0.02


def test_search_inside_an_item_is_exact_with_the_least_effort(index_of, make_vectors):
    vectors = dict(zip(IDS, make_vectors(COUNT), strict=True))
    query = make_vectors(1, seed=3)[0]
    index = DenseIndex.open(index_of("ivf-pq"), effort=Effort(nprobe=1))

    found = index.search(query, top_k=10, item_id="item3")

    wanted = [id_ for id_, item in zip(IDS, ITEMS, strict=True) if item == "item3"]
    np.testing.assert_allclose([score for _, score in found], exact(vectors, query, wanted, 10), atol=1e-5)


def test_least_effort_finds_as_many_as_are_asked_for(index_of, make_vectors):
    index = DenseIndex.open(index_of("ivf"), effort=Effort(nprobe=1))

    for top_k in (1, 200, 599, 600, 10_000):
        assert len(index.search(make_vectors(1)[0], top_k=top_k)) == min(top_k, COUNT)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_tuned_search_keeps_the_recall(kind, index_of, make_vectors):
    path = index_of(kind)
    vectors, queries = dict(zip(IDS, make_vectors(COUNT), strict=True)), make_vectors(50, seed=8)
    index = DenseIndex.open(path)

    shares = [
        np.mean(
            np.isin(
                np.round([score for _, score in index.search(query, top_k=10)], 5),
                np.round(exact(vectors, query, IDS, 10), 5),
            )
        )
        for query in queries
    ]

    assert Derived.load(path).recall >= 0.95
    assert np.mean(shares) > 0.85


def test_passages_added_later_are_found_before_the_file_is_made_again(index_of, make_encoder, make_vectors):
    path = index_of()
    built = Derived.load(path)
    index = DenseIndex.open(path)
    query = make_vectors(1, seed=77)[0]

    run_job(path, make_encoder(), added=["new"], vectors=query[None])
    index.refresh()

    assert index.search(query, top_k=1) == [("new", pytest.approx(1))]
    assert Derived.load(path) == built


def test_file_is_made_again_when_much_came_after_it(index_of, make_encoder, make_vectors):
    path = index_of()

    run_job(path, make_encoder(), added=[f"n{number}" for number in range(100)], vectors=make_vectors(100, seed=4))

    assert Derived.load(path).rows == 700
    assert [file.name for file in path.glob("*.faiss")] == [Derived.load(path).file]


def test_open_index_takes_the_new_file(index_of, make_encoder):
    path = index_of("flat")
    index = DenseIndex.open(path)
    assert index._approximate is None

    run_job(path, make_encoder(), "hnsw")
    index.refresh()

    assert index._approximate[0].kind == "hnsw"


@pytest.mark.parametrize("to", ["flat", "hnsw"])
def test_another_setting_replaces_the_file(index_of, make_encoder, to):
    path = index_of("ivf")

    run_job(path, make_encoder(), to)

    assert [file.name for file in path.glob("*.faiss")] == ([] if to == "flat" else [Derived.load(path).file])
    assert (to == "flat" and not Derived.load(path)) or Derived.load(path).kind == to


def test_compaction_builds_for_the_new_log(index_of, make_encoder, make_vectors):
    path = index_of()

    run_job(path, make_encoder(), delete=IDS[: COUNT // 2 - 1])
    run_job(path, make_encoder(), added=["n1", "n2", "n3"], vectors=make_vectors(3))
    run_job(path, make_encoder(), delete=["n1", "n2", "n3"])

    derived = Derived.load(path)
    assert (derived.log, derived.rows) == ("log-2", 301)


def test_few_vectors_are_searched_exactly_whatever_is_asked(tmp_path, make_encoder, make_vectors):
    run_job(tmp_path, make_encoder(), "ivf-pq", added=IDS[:20], vectors=make_vectors(20))

    assert Derived.load(tmp_path) is None
    assert len(DenseIndex.open(tmp_path).search(make_vectors(1)[0], top_k=30)) == 20


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def garble(path):
    path.write_bytes(b"x" * path.stat().st_size)


@pytest.mark.parametrize("harm", [cut, garble, Path.unlink])
def test_damaged_file_is_ignored_with_a_warning_and_made_again(index_of, make_encoder, make_vectors, harm, caplog):
    path = index_of()
    query = make_vectors(1)[0]
    file = path / Derived.load(path).file
    harm(file)

    found = DenseIndex.open(path).search(query, top_k=600)

    assert len(found) == 600
    assert "is searched exactly" in caplog.text
    assert "The next `qa index` makes it again" in caplog.text
    run_job(path, make_encoder())
    assert DenseIndex.open(path)._approximate is not None


def test_job_makes_a_file_again_of_which_one_bit_is_wrong(index_of, make_encoder):
    path = index_of()
    before = Derived.load(path)
    flip(path / before.file)

    run_job(path, make_encoder())

    after = Derived.load(path)
    assert after.file != before.file
    assert after.serves(path, log_of(path), "ivf-sq8")


def log_of(path):
    with locked_log(path) as log:
        return log


def test_description_that_cannot_be_read_is_ignored_and_made_again(index_of, make_encoder, caplog):
    path = index_of()
    (path / "approximate.json").write_text('{"kind": ')

    assert len(DenseIndex.open(path).search(np.ones(4, np.float32), top_k=9)) == 9
    assert "approximate.json is damaged" in caplog.text
    run_job(path, make_encoder())
    assert Derived.load(path).rows == COUNT


def test_file_of_another_index_is_ignored(index_of, tmp_path, make_encoder, make_vectors, caplog):
    path, other = index_of(), tmp_path / "other"
    run_job(other, make_encoder(), added=IDS, vectors=make_vectors(COUNT, seed=9))
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
def test_writer_killed_while_it_builds_leaves_what_was_there(index_of, make_encoder, bytes_written):
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
    run_job(path, make_encoder(), "ivf")
    assert [file.name for file in path.glob("*.faiss")] == [Derived.load(path).file]
    assert DenseIndex.open(path)._approximate[0].kind == "ivf"


class TestTuning:
    def tuned(self, path, *, apply=True, recall=0.9, kinds=APPROXIMATE):
        with locked_log(path) as log:
            return tune(path, log, Sample.of_log(log, size=40, top_k=5), kinds=kinds, recall=recall, apply=apply)

    def test_best_is_the_quickest_that_finds_enough(self, index_of):
        tuning = self.tuned(index_of("flat"))

        assert [one.kind for one in tuning.measured] == ["flat", *APPROXIMATE]
        enough = [one for one in tuning.measured if one.recall >= 0.9]
        assert tuning.best == min(enough, key=lambda one: one.milliseconds)

    def test_dry_run_leaves_everything_as_it_was(self, index_of):
        path = index_of("ivf-sq8")
        before = {file.name: file.read_bytes() for file in path.glob("approximate*")}

        self.tuned(path, apply=False)

        assert {file.name: file.read_bytes() for file in path.glob("approximate*")} == before

    def test_choice_stays_with_auto_and_gives_way_to_a_setting(self, index_of, make_encoder, monkeypatch):
        path = index_of("auto")
        derived = self.chosen(path, "hnsw", monkeypatch)
        assert (derived.kind, derived.chosen) == ("hnsw", True)

        run_job(path, make_encoder(), "auto")
        assert Derived.load(path) == derived
        run_job(path, make_encoder(), "ivf")
        assert Derived.load(path).kind == "ivf"

    def chosen(self, path, kind, monkeypatch):
        monkeypatch.setattr(Sample, "milliseconds", 10**6)
        self.tuned(path, kinds=[kind], recall=0.5)
        return Derived.load(path)

    def test_wanted_recall_is_kept_when_the_file_is_made_again(self, index_of, make_encoder, make_vectors, monkeypatch):
        path = index_of("auto")
        self.chosen(path, "ivf", monkeypatch)

        run_job(path, make_encoder(), "auto", added=[f"n{n}" for n in range(99)], vectors=make_vectors(99, seed=4))

        derived = Derived.load(path)
        assert (derived.kind, derived.rows, derived.wanted, derived.chosen) == ("ivf", 699, 0.5, True)

    def test_exact_search_is_chosen_where_nothing_else_finds_enough(self, index_of, make_encoder, monkeypatch):
        path = index_of("ivf")
        tuning = self.tuned(path, recall=1.0, kinds=[])

        assert tuning.best.kind == "flat"
        assert json.loads((path / "approximate.json").read_text())["kind"] == "flat"
        assert not list(path.glob("*.faiss"))
        monkeypatch.setattr(kinds, "FLAT_AT_MOST", 400)
        run_job(path, make_encoder(), "auto")
        assert Derived.load(path).kind == "flat"

    def test_own_row_is_not_counted_as_found(self, index_of):
        with locked_log(index_of("flat")) as log:
            sample = Sample.of_log(log, size=30, top_k=5)

        assert all(own not in nearest for own, nearest in zip(sample.own.tolist(), sample.nearest, strict=True))
        assert {len(nearest) for nearest in sample.nearest} == {5}

    def test_empty_index_has_nothing_to_measure_with(self, tmp_path, make_encoder):
        run_job(tmp_path, make_encoder())

        with pytest.raises(StoreError, match="holds no vectors"):
            self.tuned(tmp_path)

    def test_writer_keeps_tuning_away(self, index_of, make_encoder):
        path = index_of("flat")

        with IndexWriter(path, make_encoder()), pytest.raises(StoreLockedError), locked_log(path):
            pass
