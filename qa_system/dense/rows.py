"""Which passage each row of a vector log belongs to, in arrays: some 50 bytes a passage."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class PassageRows:
    """
    The passages of the rows of a log, by row number.

    What is added or buried shows after `settle`, which makes new arrays and leaves those that a search holds as they
    were.
    """

    def __init__(self) -> None:
        self.live: NDArray[np.bool_] = np.empty(0, bool)
        """Whether the passage of a row is neither deleted nor embedded again."""
        self._ids: NDArray[np.bytes_] = np.empty(0, "S1")
        self._items: NDArray[np.int32] = np.empty(0, np.int32)
        self._item_numbers: dict[str | None, int] = {}
        self._count = 0
        self._added: list[tuple[NDArray[np.bytes_], NDArray[np.int32]]] = []
        self._buried: list[Sequence[int]] = []
        self._hashes, self._hashed_rows = np.empty(0, np.int64), np.empty(0, np.int64)

    def __len__(self) -> int:
        return self._count

    def add(self, ids: Sequence[str], items: Sequence[str | None]) -> None:
        """
        Add rows.

        :param ids: Their passages.
        :param items: The items of these.
        """
        numbers = self._item_numbers
        for item in items:
            if item not in numbers:
                numbers[item] = len(numbers)
        coded = np.fromiter(map(numbers.__getitem__, items), np.int32, len(items))
        self._added.append((_encoded(ids), coded))
        self._count += len(ids)

    def bury(self, rows: Sequence[int]) -> None:
        """
        Mark rows as dead.

        :param rows: Their numbers.
        """
        self._buried.append(rows)

    def settle(self) -> None:
        """Let what was added and buried since be seen."""
        if self._added:
            ids, items = zip(*self._added, strict=True)
            self._ids, self._items = np.concatenate([self._ids, *ids]), np.concatenate([self._items, *items])
        live = np.concatenate([self.live, np.ones(self._count - len(self.live), bool)])
        for rows in self._buried:
            live[rows] = False
        self.live, self._added, self._buried = live, [], []

    def ids(self, rows: "Numbers | slice" = slice(None)) -> list[str]:
        """
        Tell the passages of rows.

        :param rows: Row numbers; by default all.
        :returns: Their passage ids.
        """
        return [id_.decode() for id_ in self._ids[rows].tolist()]

    def items(self, rows: Numbers) -> list[str | None]:
        """
        Tell the items of rows.

        :param rows: Row numbers.
        :returns: Their item ids.
        """
        names = list(self._item_numbers)
        return [names[number] for number in self._items[rows].tolist()]

    def all_live(self) -> Numbers:
        """
        Find the rows that are not dead.

        :returns: Ascending row numbers.
        """
        return np.flatnonzero(self.live)

    def of_item(self, item_id: str | None) -> Numbers:
        """
        Find the live rows of an item.

        :param item_id: The item.
        :returns: Ascending row numbers.
        """
        rows = np.flatnonzero(self._items == self._item_numbers.get(item_id, -1))
        return rows[self.live[rows]]

    def of_ids(self, ids: Iterable[str]) -> Numbers:
        """
        Find the live rows of passages.

        :param ids: Passage ids; unknown ones are left out.
        :returns: Ascending row numbers, without repeats.
        """
        self._hash_new()
        asked = _encoded(ids if len(self) else ())
        hashes = _hashes(asked)
        places = np.searchsorted(self._hashes, hashes)
        found = []
        while len(asked):  # through the run of equal hashes, as an id may have been embedded more than once
            same = self._hashes.take(places, mode="clip") == hashes
            same &= places < len(self._hashes)
            asked, hashes, places = asked[same], hashes[same], places[same]
            rows = self._hashed_rows[places]
            found.append(rows[self.live[rows] & (self._ids[rows] == asked)])
            places = places + 1
        return np.unique(np.concatenate([np.empty(0, np.int64), *found]))

    def _hash_new(self) -> None:
        """Passages are looked up by their hashes, sorted: a dict of a million ids takes ten times the memory."""
        start = len(self._hashes)
        if start == len(self._ids):
            return
        hashes = _hashes(self._ids[start:])
        order = np.argsort(hashes, kind="stable")
        places = np.searchsorted(self._hashes, hashes[order])
        self._hashes = np.insert(self._hashes, places, hashes[order])
        self._hashed_rows = np.insert(self._hashed_rows, places, start + order)


def _encoded(ids: Iterable[str]) -> NDArray[np.bytes_]:
    encoded = [id_.encode() for id_ in ids]
    return np.array(encoded) if encoded else np.empty(0, "S1")


def _hashes(ids: NDArray[np.bytes_]) -> Numbers:
    return np.fromiter(map(hash, ids.tolist()), np.int64, len(ids))
