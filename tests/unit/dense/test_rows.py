import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.dense import rows as module
from qa_system.dense.rows import PassageRows

NAMES = st.sampled_from(["a", "b", "longer than the others", "übersee", "d"])
BLOCKS = st.lists(st.lists(st.tuples(NAMES, st.sampled_from(["x", "y", None])), max_size=4), max_size=5)


@given(blocks=BLOCKS, asked=st.lists(st.one_of(NAMES, st.just("unknown"))), looked_up_between=st.booleans())
def test_rows_answer_as_lists_would(blocks, asked, looked_up_between):
    rows, expected, dead = PassageRows(), [], set()
    for block in blocks:
        for id_, item in block:
            dead |= {row for row, (other, _) in enumerate(expected) if other == id_}
            expected.append((id_, item))
        rows.add(*([list(column) for column in zip(*block, strict=True)] or [[], []]))
        rows.bury(sorted(dead))
        rows.settle()
        if looked_up_between:
            rows.of_ids(["a"])

    live = [row for row in range(len(expected)) if row not in dead]
    assert len(rows) == len(expected)
    assert rows.ids() == [id_ for id_, _ in expected]
    assert rows.all_live().tolist() == live
    assert rows.items(rows.all_live()) == [expected[row][1] for row in live]
    assert rows.of_ids(asked).tolist() == [row for row in live if expected[row][0] in asked]
    for item in ("x", None, "unknown"):
        assert rows.of_item(item).tolist() == [row for row in live if expected[row][1] == item]


def test_passages_whose_hashes_are_equal_are_told_apart(monkeypatch):
    monkeypatch.setattr(module, "hash", lambda _: 7, raising=False)
    rows = PassageRows()
    rows.add(["a", "b", "c"], ["x"] * 3)
    rows.settle()

    assert rows.of_ids(["c", "a", "unknown"]).tolist() == [0, 2]


@pytest.fixture
def rows():
    rows = PassageRows()
    rows.add(["a", "b"], ["x", "x"])
    rows.settle()
    return rows


def test_what_a_search_holds_stays_as_it_was(rows):
    held = rows.live

    rows.add(["c"], ["x"])
    rows.bury([0])
    rows.settle()

    assert held.tolist() == [True, True]
    assert rows.live.tolist() == [False, True, True]
