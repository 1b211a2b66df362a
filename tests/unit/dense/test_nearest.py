import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.dense import nearest as module
from qa_system.dense.nearest import nearest


def brute_force(query, vectors, rows, top_k):
    scores = vectors.astype(np.float64)[rows] @ query.astype(np.float64)
    return np.sort(scores)[::-1][:top_k]


@pytest.fixture(params=["gathered", "scanned"])
def way(request, monkeypatch):
    monkeypatch.setattr(module, "GATHER_AT_MOST", {"gathered": 2_000, "scanned": -1}[request.param])
    return request.param


@pytest.mark.usefixtures("way")
class TestBothWays:
    @given(
        count=st.integers(1, 70),
        top_k=st.integers(1, 80),
        seed=st.integers(0, 10_000),
        share=st.floats(0, 1),
    )
    def test_selected_rows_are_ranked_as_by_brute_force(self, count, top_k, seed, share):
        random = np.random.default_rng(seed)
        vectors = random.normal(size=(count, 8)).astype(np.float32)
        query = random.normal(size=8).astype(np.float32)
        rows = np.flatnonzero(random.random(count) < share)

        best, scores = nearest(query, vectors, top_k=top_k, rows=rows)

        assert set(best) <= set(rows.tolist())
        assert len(set(best.tolist())) == len(best) == min(top_k, len(rows))
        np.testing.assert_allclose(scores, brute_force(query, vectors, rows, top_k), atol=1e-5)
        np.testing.assert_allclose(vectors[best] @ query, scores, atol=1e-5)


@given(count=st.integers(1, 70), top_k=st.integers(1, 80), seed=st.integers(0, 10_000))
def test_all_rows_are_ranked_as_by_brute_force(count, top_k, seed):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 8)).astype(np.float32)
    query = random.normal(size=8).astype(np.float32)

    best, scores = nearest(query, vectors, top_k=top_k)

    assert len(best) == min(top_k, count)
    np.testing.assert_allclose(scores, brute_force(query, vectors, slice(None), top_k), atol=1e-5)
    np.testing.assert_allclose(vectors[best] @ query, scores, atol=1e-5)


def test_vectors_may_be_mapped_from_a_file(tmp_path):
    vectors = np.eye(3, dtype=np.float32)
    (tmp_path / "vectors").write_bytes(vectors.tobytes())
    mapped = np.memmap(tmp_path / "vectors", np.float32, mode="r", shape=(3, 3))

    best, scores = nearest(vectors[1], mapped, top_k=1)

    assert (best.tolist(), scores.tolist()) == ([1], [1.0])
