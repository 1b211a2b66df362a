from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.dense.log import VectorLog

DIMENSION = 4
BLOCKS = [
    (["a", "b"], ["x", "y"]),
    (["c"], [None]),
    (["d", "e", "f"], ["x", "x", "y"]),
]


@pytest.fixture
def blocks(make_vectors):
    return [(ids, items, make_vectors(len(ids), seed)) for seed, (ids, items) in enumerate(BLOCKS)]


@pytest.fixture
def log(tmp_path, blocks):
    log = VectorLog.create(tmp_path / "log-1", DIMENSION)
    for block in blocks:
        log.append(*block)
    return log


@pytest.fixture(scope="module")
def written_log(tmp_path_factory):
    """The blocks, each followed by the deletion of its first passage; not to be changed."""
    log = VectorLog.create(tmp_path_factory.mktemp("written") / "log-1", DIMENSION)
    for number, (ids, items) in enumerate(BLOCKS):
        log.append(ids, items, np.full((len(ids), DIMENSION), number + 1, np.float32))
        log.delete(ids[:1])
    return log.path


def test_reopened_log_has_what_was_written(log, blocks):
    again = VectorLog(log.path, DIMENSION)

    assert again.ids == ["a", "b", "c", "d", "e", "f"]
    assert again.rows.items(np.arange(6)) == ["x", "y", None, "x", "x", "y"]
    np.testing.assert_array_equal(again.vectors, np.concatenate([vectors for *_, vectors in blocks]))


def test_deleted_passages_are_in_no_selection(log):
    log.delete(["d", "unknown"])

    for state in (log, VectorLog(log.path, DIMENSION)):
        assert list(state.live_ids) == ["a", "b", "c", "e", "f"]
        assert state.rows.of_item("x").tolist() == [0, 4]
        assert state.rows.of_ids(["d", "c", "unknown", "c"]).tolist() == [2]
        assert state.rows.all_live().tolist() == [0, 1, 2, 4, 5]
        assert state.dead_rows == 1


def test_passage_embedded_again_has_its_last_vector_and_item(log, make_vectors):
    vectors = make_vectors(2, seed=9)

    log.append(["a", "a"], ["y", "z"], vectors)

    assert log.rows.of_ids(["a"]).tolist() == [7]
    assert log.rows.of_item("x").tolist() == [3, 4]
    assert log.rows.of_item("z").tolist() == [7]
    assert log.dead_rows == 2


def test_reader_sees_growth_after_refresh(log, make_vectors):
    reader = VectorLog(log.path, DIMENSION)
    assert not reader.refresh()

    log.append(["g"], ["x"], make_vectors(1))
    log.delete(["a"])

    assert reader.refresh()
    assert reader.rows.of_item("x").tolist() == [3, 4, 6]
    np.testing.assert_array_equal(reader.vectors, log.vectors)


def test_refresh_of_a_removed_log_says_so(log):
    reader = VectorLog(log.path, DIMENSION)
    (log.path / "journal").unlink()

    with pytest.raises(FileNotFoundError):
        reader.refresh()


@given(st.data())
def test_log_cut_at_any_byte_is_a_prefix_and_can_go_on(tmp_path_factory, written_log, data):
    path = Path(copytree(written_log, tmp_path_factory.mktemp("cut") / "log-1"))
    for name in ("vectors", "journal"):
        content = (path / name).read_bytes()
        (path / name).write_bytes(content[: data.draw(st.integers(0, len(content)), label=name)])

    read = VectorLog(path, DIMENSION)
    log = VectorLog(path, DIMENSION)
    log.repair()
    log.append(["new"], ["x"], np.full((1, DIMENSION), 9, np.float32))
    again = VectorLog(path, DIMENSION)

    whole = VectorLog(written_log, DIMENSION)
    assert len(read.ids) in (0, 2, 3, 6)
    assert read.ids == whole.ids[: len(read.ids)]
    np.testing.assert_array_equal(read.vectors, whole.vectors[: len(read.ids)])
    assert again.ids == [*read.ids, "new"]
    assert list(again.live_ids) == [*read.live_ids, "new"]
    np.testing.assert_array_equal(again.vectors[:-1], read.vectors)


def test_cut_end_is_repaired_with_a_warning_that_counts(log, caplog):
    with (log.path / "vectors").open("r+b") as file:
        file.truncate(5 * DIMENSION * 4 + 3)

    again = VectorLog(log.path, DIMENSION)
    again.repair()

    assert again.ids == ["a", "b", "c"]
    assert "Up to 3 passages are to be embedded again" in caplog.text
    assert (log.path / "vectors").stat().st_size == 3 * DIMENSION * 4


def test_block_without_its_record_is_counted_too(log, make_vectors, caplog):
    with (log.path / "vectors").open("ab") as file:
        file.write(make_vectors(2).tobytes())

    again = VectorLog(log.path, DIMENSION)
    again.repair()

    assert again.ids == log.ids
    assert "Up to 2 passages" in caplog.text


def test_whole_log_is_repaired_without_a_warning(log, caplog):
    VectorLog(log.path, DIMENSION).repair()

    assert not caplog.records


def test_passages_of_a_damaged_block_are_deleted_with_a_warning(log, caplog):
    content = bytearray((log.path / "vectors").read_bytes())
    content[5] ^= 1
    (log.path / "vectors").write_bytes(content)

    again = VectorLog(log.path, DIMENSION)
    again.repair()

    assert list(again.live_ids) == ["c", "d", "e", "f"]
    assert "damaged vectors of 2 passages" in caplog.text


def test_last_block_is_checked_when_the_log_is_read(log):
    content = bytearray((log.path / "vectors").read_bytes())
    content[-1] ^= 1
    (log.path / "vectors").write_bytes(content)

    assert VectorLog(log.path, DIMENSION).ids == ["a", "b", "c"]
