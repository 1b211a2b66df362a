import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.dense.approximate import Approximate, build
from qa_system.dense.kinds import APPROXIMATE, FEWEST, FLAT_AT_MOST, Effort, efforts, lists, recipe, suitable

ROWS, DIMENSION = 600, 8


@pytest.fixture(scope="module")
def vectors():
    drawn = np.random.default_rng(0).normal(size=(ROWS, DIMENSION)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture(scope="module", params=APPROXIMATE)
def built(request, vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "index.faiss"
    build(vectors, request.param, path)
    return Approximate.read(path, request.param)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    seed=st.integers(0, 1000), later=st.integers(0, 5), share=st.floats(0, 1), top_k=st.integers(1, 700), data=st.data()
)
def test_enough_live_rows_are_proposed_or_none(built, seed, later, share, top_k, data):
    random = np.random.default_rng(seed)
    live = random.random(ROWS + later) < share
    effort = data.draw(st.sampled_from(efforts(built.kind, ROWS)))

    proposed = built.candidates(random.normal(size=DIMENSION).astype(np.float32), live, top_k=top_k, effort=effort)

    if proposed is not None:
        assert proposed.tolist() == sorted(set(proposed.tolist()))
        assert live[proposed].all()
        assert len(proposed) >= min(top_k, live.sum())
        assert set(range(ROWS, ROWS + later)) & set(np.flatnonzero(live)) <= set(proposed.tolist())


def test_most_effort_proposes_nearly_all_of_the_nearest(built, vectors):
    live = np.ones(ROWS, bool)
    shares = []
    for query in vectors[:50]:
        best = set(np.argsort(-(vectors @ query))[:10].tolist())
        proposed = built.candidates(query, live, top_k=10, effort=efforts(built.kind, ROWS)[-1])
        shares.append(len(best & set(proposed.tolist())) / 10)

    assert np.mean(shares) > 0.95


def test_dead_rows_do_not_crowd_out_the_live(built, vectors):
    query = vectors[0]
    live = np.ones(ROWS, bool)
    live[np.argsort(-(vectors @ query))[: ROWS // 2]] = False

    proposed = built.candidates(query, live, top_k=10, effort=efforts(built.kind, ROWS)[-1])

    assert proposed is None or len(proposed) >= 10


def test_index_of_what_was_read_is_mapped(built, tmp_path, vectors):
    path = tmp_path / "mapped.faiss"
    build(vectors, built.kind, path)

    opened = Approximate.read(path, built.kind)

    with open("/proc/self/maps") as maps:
        assert any("mapped.faiss" in line for line in maps)
    assert opened.rows == ROWS


def test_same_seed_gives_the_same_file(vectors, tmp_path):
    faiss.omp_set_num_threads(1)
    for name in ("a", "b"):
        build(vectors, "ivf-sq8", tmp_path / name, seed=3)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("asked", "count", "kind"),
    [
        ("auto", FLAT_AT_MOST, "flat"),
        ("auto", FLAT_AT_MOST + 1, "ivf-sq8"),
        ("hnsw", FEWEST, "hnsw"),
        ("hnsw", FEWEST - 1, "flat"),
        ("flat", 10**9, "flat"),
    ],
)
def test_kind_is_chosen_by_setting_and_size(asked, count, kind):
    assert suitable(asked, count) == kind


@pytest.mark.parametrize(
    ("kind", "dimension", "text"),
    [
        ("hnsw", 384, "HNSW32_SQ8"),
        ("ivf", 384, "IVF4000,Flat"),
        ("ivf-sq8", 384, "IVF4000,SQ8"),
        ("ivf-pq", 384, "IVF4000,PQ96np"),
        ("ivf-pq", 7, "IVF4000,PQ7np"),
    ],
)
def test_recipe_is_what_faiss_understands(kind, dimension, text):
    assert recipe(kind, dimension, 1_000_000) == text
    assert faiss.index_factory(dimension, text, faiss.METRIC_INNER_PRODUCT).d == dimension


@given(st.integers(1, 10**8))
def test_every_list_has_vectors_to_learn_from(count):
    assert lists(count) == 1 or count / lists(count) >= 39
    assert efforts("ivf", count) == sorted(set(efforts("ivf", count)))
    assert efforts("ivf", count)[-1] == lists(count)


def test_effort_is_the_one_that_the_kind_understands():
    effort = Effort(nprobe=3, ef_search=40)

    assert (effort.of("hnsw"), effort.of("ivf"), Effort().of("ivf-pq")) == (40, 3, None)
