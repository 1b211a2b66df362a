import json

import pytest

from qa_system.dense import kinds
from qa_system.dense.derived import Derived
from qa_system.dense.kinds import APPROXIMATE
from qa_system.dense.measuring import Sample
from qa_system.dense.tuning import tune
from qa_system.dense.writer import IndexWriter, locked_log
from qa_system.errors import StoreError, StoreLockedError


def tuned(path, *, apply=True, recall=0.9, kinds=APPROXIMATE):
    with locked_log(path) as log:
        return tune(path, log, Sample.of_log(log, size=40, top_k=5), kinds=kinds, recall=recall, apply=apply)


def test_best_is_the_quickest_that_finds_enough(index_of):
    tuning = tuned(index_of("flat"))

    assert [one.kind for one in tuning.measured] == ["flat", *APPROXIMATE]
    enough = [one for one in tuning.measured if one.recall >= 0.9]
    assert tuning.best == min(enough, key=lambda one: one.milliseconds)


def test_dry_run_leaves_everything_as_it_was(index_of):
    path = index_of("ivf-sq8")
    before = {file.name: file.read_bytes() for file in path.glob("approximate*")}

    tuned(path, apply=False)

    assert {file.name: file.read_bytes() for file in path.glob("approximate*")} == before


def test_choice_stays_with_auto_and_gives_way_to_a_setting(run_job, index_of, monkeypatch):
    path = index_of("auto")
    derived = chosen(path, "hnsw", monkeypatch)
    assert (derived.kind, derived.chosen) == ("hnsw", True)

    run_job(path, "auto")
    assert Derived.load(path) == derived
    run_job(path, "ivf")
    assert Derived.load(path).kind == "ivf"


def chosen(path, kind, monkeypatch):
    monkeypatch.setattr(Sample, "milliseconds", 10**6)
    tuned(path, kinds=[kind], recall=0.5)
    return Derived.load(path)


def test_wanted_recall_is_kept_when_the_file_is_made_again(run_job, index_of, make_vectors, monkeypatch):
    path = index_of("auto")
    chosen(path, "ivf", monkeypatch)

    run_job(path, "auto", added=[f"n{n}" for n in range(99)], vectors=make_vectors(99, seed=4))

    derived = Derived.load(path)
    assert (derived.kind, derived.rows, derived.wanted, derived.chosen) == ("ivf", 699, 0.5, True)


def test_exact_search_is_chosen_where_nothing_else_finds_enough(run_job, index_of, monkeypatch):
    path = index_of("ivf")
    tuning = tuned(path, recall=1.0, kinds=[])

    assert tuning.best.kind == "flat"
    assert json.loads((path / "approximate.json").read_text())["kind"] == "flat"
    assert not list(path.glob("*.faiss"))
    monkeypatch.setattr(kinds, "FLAT_AT_MOST", 400)
    run_job(path, "auto")
    assert Derived.load(path).kind == "flat"


def test_own_row_is_not_counted_as_found(index_of):
    with locked_log(index_of("flat")) as log:
        sample = Sample.of_log(log, size=30, top_k=5)

    assert all(own not in nearest for own, nearest in zip(sample.own.tolist(), sample.nearest, strict=True))
    assert {len(nearest) for nearest in sample.nearest} == {5}


def test_empty_index_has_nothing_to_measure_with(run_job, tmp_path):
    run_job(tmp_path)

    with pytest.raises(StoreError, match="holds no vectors"):
        tuned(tmp_path)


def test_writer_keeps_tuning_away(index_of, make_encoder):
    path = index_of("flat")

    with IndexWriter(path, make_encoder()), pytest.raises(StoreLockedError), locked_log(path):
        pass
