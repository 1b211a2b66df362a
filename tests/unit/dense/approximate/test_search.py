from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.dense.derived import Derived
from qa_system.dense.index import DenseIndex
from qa_system.dense.kinds import APPROXIMATE, Effort


def exact(vectors, query, wanted, top_k):
    scores = {id_: float(vectors[id_] @ query) for id_ in wanted}
    return sorted(scores.values(), reverse=True)[:top_k]


@pytest.mark.parametrize("kind", APPROXIMATE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(data=st.data())
def test_growth_deletes_and_filters_lose_nothing(
    passages, run_job, kind, index_of, tmp_path_factory, make_vectors, data
):
    """With the most effort every search is exact but for a little; ids, items and numbers are right in any case."""
    path = Path(copytree(index_of(kind), tmp_path_factory.mktemp("dense") / "dense"))
    vectors = dict(zip(passages.ids, make_vectors(600), strict=True))
    deleted = data.draw(st.sets(st.sampled_from(passages.ids), max_size=60), label="deleted")
    again = data.draw(
        st.lists(st.sampled_from([*passages.ids, "n1", "n2", "n3"]), unique=True, max_size=20), label="added"
    )
    anew = make_vectors(len(again), seed=5) if again else np.empty((0, 4), np.float32)
    run_job(path, kind, added=again, vectors=anew)
    run_job(path, kind, delete=sorted(deleted))
    vectors |= dict(zip(again, anew, strict=True))
    live = set(vectors) - deleted
    query = make_vectors(1, seed=data.draw(st.integers(0, 50), label="query"))[0]
    top_k = data.draw(st.sampled_from([0, 1, 10, 100, 599, 5_000]), label="top_k")
    asked = data.draw(st.one_of(st.none(), st.lists(st.sampled_from([*passages.ids, "n1", "unknown"]))), label="ids")

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


def test_search_inside_an_item_is_exact_with_the_least_effort(passages, index_of, make_vectors):
    vectors = dict(zip(passages.ids, make_vectors(600), strict=True))
    query = make_vectors(1, seed=3)[0]
    index = DenseIndex.open(index_of("ivf-pq"), effort=Effort(nprobe=1))

    found = index.search(query, top_k=10, item_id="item3")

    wanted = [id_ for id_, item in zip(passages.ids, passages.items, strict=True) if item == "item3"]
    np.testing.assert_allclose([score for _, score in found], exact(vectors, query, wanted, 10), atol=1e-5)


def test_least_effort_finds_as_many_as_are_asked_for(index_of, make_vectors):
    index = DenseIndex.open(index_of("ivf"), effort=Effort(nprobe=1))

    for top_k in (1, 200, 599, 600, 10_000):
        assert len(index.search(make_vectors(1)[0], top_k=top_k)) == min(top_k, 600)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_tuned_search_keeps_the_recall(passages, kind, index_of, make_vectors):
    path = index_of(kind)
    vectors, queries = dict(zip(passages.ids, make_vectors(600), strict=True)), make_vectors(50, seed=8)
    index = DenseIndex.open(path)

    shares = [
        np.mean(
            np.isin(
                np.round([score for _, score in index.search(query, top_k=10)], 5),
                np.round(exact(vectors, query, passages.ids, 10), 5),
            )
        )
        for query in queries
    ]

    assert Derived.load(path).recall >= 0.95
    assert np.mean(shares) > 0.85


def test_passages_added_later_are_found_before_the_file_is_made_again(run_job, index_of, make_vectors):
    path = index_of()
    built = Derived.load(path)
    index = DenseIndex.open(path)
    query = make_vectors(1, seed=77)[0]

    run_job(path, added=["new"], vectors=query[None])
    index.refresh()

    assert index.search(query, top_k=1) == [("new", pytest.approx(1))]
    assert Derived.load(path) == built


def test_file_is_made_again_when_much_came_after_it(run_job, index_of, make_vectors):
    path = index_of()

    run_job(path, added=[f"n{number}" for number in range(100)], vectors=make_vectors(100, seed=4))

    assert Derived.load(path).rows == 700
    assert [file.name for file in path.glob("*.faiss")] == [Derived.load(path).file]


def test_open_index_takes_the_new_file(run_job, index_of):
    path = index_of("flat")
    index = DenseIndex.open(path)
    assert index._approximate is None

    run_job(path, "hnsw")
    index.refresh()

    assert index._approximate[0].kind == "hnsw"


@pytest.mark.parametrize("to", ["flat", "hnsw"])
def test_another_setting_replaces_the_file(run_job, index_of, to):
    path = index_of("ivf")

    run_job(path, to)

    assert [file.name for file in path.glob("*.faiss")] == ([] if to == "flat" else [Derived.load(path).file])
    assert (to == "flat" and not Derived.load(path)) or Derived.load(path).kind == to


def test_compaction_builds_for_the_new_log(passages, run_job, index_of, make_vectors):
    path = index_of()

    run_job(path, delete=passages.ids[: 600 // 2 - 1])
    run_job(path, added=["n1", "n2", "n3"], vectors=make_vectors(3))
    run_job(path, delete=["n1", "n2", "n3"])

    derived = Derived.load(path)
    assert (derived.log, derived.rows) == ("log-2", 301)


def test_few_vectors_are_searched_exactly_whatever_is_asked(passages, run_job, tmp_path, make_vectors):
    run_job(tmp_path, "ivf-pq", added=passages.ids[:20], vectors=make_vectors(20))

    assert Derived.load(tmp_path) is None
    assert len(DenseIndex.open(tmp_path).search(make_vectors(1)[0], top_k=30)) == 20
