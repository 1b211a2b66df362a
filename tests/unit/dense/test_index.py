import resource
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.dense.index import DenseIndex
from qa_system.dense.writer import IndexWriter
from qa_system.errors import QueryError, StoreError, StoreLockedError

IDS = [f"p{number}" for number in range(40)]
ITEMS = [f"item{number % 7}" for number in range(40)]
DELETED = IDS[::6]
LIVE = [id_ for id_ in IDS if id_ not in DELETED]


@pytest.fixture
def path(tmp_path, make_vectors, write):
    """40 passages of 7 items in two blocks, every sixth passage deleted."""
    vectors = make_vectors(40)
    write(
        tmp_path / "dense",
        (IDS[:25], ITEMS[:25], vectors[:25]),
        (IDS[25:], ITEMS[25:], vectors[25:]),
        delete=DELETED,
    )
    return tmp_path / "dense"


queries = st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4).map(lambda x: np.array(x, np.float32))
fixtures_are_only_read = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def expected_scores(vectors, query, wanted, top_k):
    scores = [float(vectors[IDS.index(id_)] @ query) for id_ in wanted]
    return sorted(scores, reverse=True)[:top_k]


@fixtures_are_only_read
@given(query=queries, top_k=st.integers(0, 50), item=st.sampled_from([None, "item0", "item3", "unknown"]))
def test_search_is_exact_inside_an_item_and_without(path, make_vectors, query, top_k, item):
    wanted = [id_ for id_ in LIVE if item in (None, ITEMS[IDS.index(id_)])]

    found = DenseIndex.open(path).search(query, top_k=top_k, item_id=item)

    assert {id_ for id_, _ in found} <= set(wanted)
    np.testing.assert_allclose(
        [score for _, score in found], expected_scores(make_vectors(40), query, wanted, top_k), atol=1e-5
    )


@fixtures_are_only_read
@given(
    query=queries,
    top_k=st.integers(0, 50),
    ids=st.lists(st.sampled_from([*IDS, "unknown"])),
    item=st.sampled_from([None, "item0"]),
)
def test_search_among_ids_is_exact(path, make_vectors, query, top_k, ids, item):
    wanted = [id_ for id_ in LIVE if id_ in ids and item in (None, ITEMS[IDS.index(id_)])]

    found = DenseIndex.open(path).search(query, top_k=top_k, item_id=item, ids=ids)

    assert {id_ for id_, _ in found} <= set(wanted)
    np.testing.assert_allclose(
        [score for _, score in found], expected_scores(make_vectors(40), query, wanted, top_k), atol=1e-5
    )


def test_tells_whether_it_holds_any_of_some_passages(path):
    index = DenseIndex.open(path)
    assert index.holds_any(["unknown", LIVE[0]])
    assert not index.holds_any(["unknown", DELETED[0]])


def test_empty_index_finds_nothing(tmp_path, write):
    write(tmp_path)

    index = DenseIndex.open(tmp_path)

    assert len(index) == 0
    assert index.search(np.ones(4, np.float32), top_k=3) == []
    assert index.search(np.ones(4, np.float32), top_k=3, item_id="item0") == []


@pytest.mark.parametrize(
    ("vector", "top_k", "message"),
    [
        (np.ones(3, np.float32), 1, r"shape \(3,\).*\(4,\).*'model-a'"),
        (np.array([1, np.nan, 0, 0], np.float32), 1, "NaN"),
        (np.ones(4, np.float32), -1, "top_k is -1"),
    ],
)
def test_queries_that_cannot_be_ranked_are_refused(path, vector, top_k, message):
    with pytest.raises(QueryError, match=message):
        DenseIndex.open(path).search(vector, top_k=top_k)


def test_passage_without_a_finite_vector_is_refused_by_name(tmp_path, write, make_vectors):
    vectors = make_vectors(3)
    vectors[1, 2] = np.nan

    with pytest.raises(StoreError, match="passage p1"):
        write(tmp_path, (IDS[:3], ITEMS[:3], vectors))

    assert len(DenseIndex.open(tmp_path)) == 0


def test_vectors_of_another_dimension_are_refused(tmp_path, write):
    with pytest.raises(StoreError, match=r"\(1, 5\).*\(1, 4\)"):
        write(tmp_path, (["p0"], ["x"], np.ones((1, 5), np.float32)))


def test_other_encoder_can_neither_search_nor_write(path, make_encoder, write):
    other = make_encoder("model-b", "b" * 64)

    with pytest.raises(StoreError, match=r"'model-a'.*'model-b'"):
        DenseIndex.open(path, encoder=other)
    with pytest.raises(StoreError, match=r"'model-a'.*'model-b'"):
        write(path, encoder=other)


def test_rebuilding_takes_another_encoder_and_an_open_index_notices(path, make_encoder, make_vectors, write):
    unchecked, checked = DenseIndex.open(path), DenseIndex.open(path, encoder=make_encoder())

    write(path, (["q"], ["x"], make_vectors(1)), encoder=make_encoder("model-b", "b" * 64), rebuild=True)

    unchecked.refresh()
    assert [id_ for id_, _ in unchecked.search(make_vectors(1)[0], top_k=5)] == ["q"]
    with pytest.raises(StoreError, match="'model-b'"):
        checked.refresh()


@pytest.mark.parametrize("manifest", ["", '{"format": 99}', None])
def test_rebuilding_takes_an_index_that_cannot_be_read(path, write, make_vectors, manifest):
    if manifest is None:
        (path / "manifest.json").unlink()
    else:
        (path / "manifest.json").write_text(manifest)

    write(path, (["q"], ["x"], make_vectors(1)), rebuild=True)

    assert len(DenseIndex.open(path)) == 1


def test_second_writer_is_turned_away_and_readers_are_not(path, make_encoder, make_vectors, write):
    with IndexWriter(path, make_encoder()) as writer:
        with pytest.raises(StoreLockedError, match="Another process is writing"):
            write(path)
        writer.append(["new"], ["x"], make_vectors(1))
        assert "new" in dict(DenseIndex.open(path).search(make_vectors(1)[0], top_k=100))

    write(path)


def test_lock_is_given_back_when_opening_fails(path, make_encoder, write):
    with pytest.raises(StoreError):
        write(path, encoder=make_encoder("model-b", "b" * 64))

    write(path)


def test_log_of_which_more_than_half_is_deleted_is_compacted(path, make_vectors, write):
    open_before = DenseIndex.open(path)
    query = make_vectors(1, seed=5)[0]
    kept = IDS[1:18]

    write(path, delete=[id_ for id_ in IDS if id_ not in kept])

    expected = [id_ for id_ in kept if id_ not in DELETED]
    for index in (open_before, DenseIndex.open(path)):
        index.refresh()
        assert {id_ for id_, _ in index.search(query, top_k=50)} == set(expected)
        in_item = {id_ for id_ in expected if ITEMS[IDS.index(id_)] == "item3"}
        assert {id_ for id_, _ in index.search(query, top_k=50, item_id="item3")} == in_item
    assert (index.manifest.count, index.manifest.rows) == (len(expected), len(expected))
    assert [folder.name for folder in path.glob("log-*")] == ["log-2"]
    assert (path / "log-2" / "vectors").stat().st_size == len(expected) * 4 * 4


def test_leftovers_of_a_killed_compaction_are_removed(path, write):
    (path / "log-9").mkdir()
    (path / "log-9" / "vectors").write_bytes(b"half")

    write(path)

    assert [folder.name for folder in path.glob("log-*")] == ["log-1"]


def test_index_that_lost_its_log_is_damaged(path, write):
    (path / "log-1" / "journal").unlink()

    with pytest.raises(StoreError, match=r"damaged.*--rebuild-vectors"):
        DenseIndex.open(path)
    with pytest.raises(StoreError, match=r"damaged.*--rebuild-vectors"):
        write(path)


def test_index_that_lost_its_end_says_how_much(path, caplog):
    journal = (path / "log-1" / "journal").read_bytes()
    (path / "log-1" / "journal").write_bytes(journal[: journal.index(b"\n") + 1])

    index = DenseIndex.open(path)

    assert len(index) == 25
    assert "has lost 15 vectors" in caplog.text


def test_disk_that_cannot_be_written_is_a_store_error(path, write, make_vectors):
    (path / "log-1" / "vectors").unlink()
    (path / "log-1" / "vectors").mkdir()

    with pytest.raises(StoreError, match=r"could not be written.*run the same command again"):
        write(path, (["new"], ["x"], make_vectors(1)))


def test_threads_search_while_the_index_grows_and_is_compacted(path, make_encoder, make_vectors, write):
    index, query = DenseIndex.open(path), make_vectors(1)[0]
    done = Event()

    def search():
        while not done.is_set():
            index.refresh()
            found = index.search(query, top_k=1000)
            scores = [score for _, score in found]
            assert scores == sorted(scores, reverse=True)
            assert len(dict(found)) == len(found) >= 10

    with ThreadPoolExecutor(3) as pool:
        searches = [pool.submit(search) for _ in range(3)]
        for number in range(5):
            new = [f"n{number}-{row}" for row in range(50)]
            write(path, (new, ["x"] * 50, make_vectors(50, number)))
            write(path, delete=new)
        done.set()
        for one in searches:
            one.result()

    assert index.manifest.log != "log-1"


@pytest.fixture
def limit_files():
    """Let no file grow beyond a size, as on a full disk; without a size, let them grow as before."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size=before[0]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    limit()


def test_full_disk_costs_only_the_block_that_did_not_fit(tmp_path, make_encoder, make_vectors, limit_files):
    blocks = [([f"p{number}"], ["x"], make_vectors(1, number)) for number in range(3)]

    with IndexWriter(tmp_path / "dense", make_encoder()) as writer:
        writer.append(*blocks[0])
        limit_files(20)
        with pytest.raises(StoreError, match="could not be written"):
            writer.append(*blocks[1])
        limit_files()
        writer.append(*blocks[2])

    found = DenseIndex.open(tmp_path / "dense").search(make_vectors(1, 2)[0], top_k=5)
    assert {id_ for id_, _ in found} == {"p0", "p2"}
    assert found[0] == ("p2", pytest.approx(1))


def test_index_exists_once_it_was_written(tmp_path, write):
    assert not DenseIndex.exists(tmp_path)
    write(tmp_path)
    assert DenseIndex.exists(tmp_path)
