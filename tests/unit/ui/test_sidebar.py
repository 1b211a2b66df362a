"""Two ways of answering are told apart by what they are called."""

import pytest

from qa_system.ui.sidebar import Way, titles


@pytest.mark.parametrize(
    ("readers", "names"),
    [
        (["a/reader"], ["reader"]),
        (["/srv/a/reader", "/srv/b/other"], ["reader", "other"]),
        (["/srv/a/best/reader", "/srv/b/best/reader"], ["a/best/reader", "b/best/reader"]),
        (["reader", "a/reader"], ["reader", "a/reader"]),
        (["reader", "/reader"], ["reader", "/reader"]),
        (["a/reader", "a/reader"], ["reader", "reader"]),
        (["."], ["."]),
    ],
)
def test_readers_are_named_as_shortly_as_tells_them_apart(readers: list[str], names: list[str]) -> None:
    ways = [Way("auto", reader, 10, 3) for reader in readers]
    assert titles(ways) == [f"auto, 10 passages, {name}" for name in names]
