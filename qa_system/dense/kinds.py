"""The kinds of search over all vectors: exact, and what FAISS builds to be quicker than exact."""

from dataclasses import dataclass
from math import sqrt

from qa_system.settings import IndexKind

FEWEST = 10_000
"""Vectors below which nothing is built: exact search takes less than a millisecond, and there is little to learn."""

FLAT_AT_MOST = 100_000
"""Vectors up to which `auto` searches exactly: 7 ms of 384 dimensions on two cores, less than encoding the question."""

LARGE: IndexKind = "ivf-sq8"
"""What `auto` takes for more: a quarter of the vectors' size, mapped from its file, built in minutes at a million."""

APPROXIMATE: tuple[IndexKind, ...] = ("hnsw", "ivf", "ivf-sq8", "ivf-pq")

CANDIDATES = {"hnsw": 2, "ivf": 1, "ivf-sq8": 2, "ivf-pq": 20}
"""Candidates for each passage wanted; they are ranked again by the vectors themselves."""

_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


@dataclass(frozen=True, slots=True)
class Effort:
    """
    How thoroughly to search, where the settings say it; None is what was tuned.

    :param nprobe: Lists that a search in IVF reads.
    :param ef_search: Candidates that a search in HNSW keeps.
    """

    nprobe: int | None = None
    ef_search: int | None = None

    def of(self, kind: IndexKind) -> int | None:
        """
        Pick the number that a kind understands.

        :param kind: The kind.
        :returns: The number, None for what was tuned.
        """
        return self.ef_search if kind == "hnsw" else self.nprobe


AS_TUNED = Effort()


def suitable(asked: IndexKind, count: int) -> IndexKind:
    """
    Choose the kind for a number of vectors.

    :param asked: What the settings say.
    :param count: The number.
    :returns: That kind, or another than `auto`; `flat` where there are too few to build anything from.
    """
    if count < FEWEST:
        return "flat"
    if asked != "auto":
        return asked
    return "flat" if count <= FLAT_AT_MOST else LARGE


def lists(count: int) -> int:
    """
    Choose the number of lists of an IVF.

    :param count: Vectors that it will hold.
    :returns: Four times the square root, as FAISS's guidelines advise, and at least 39 vectors a list to train on.
    """
    return max(1, min(round(4 * sqrt(count)), count // 39))


def recipe(kind: IndexKind, dimension: int, count: int) -> str:
    """
    Spell a kind for `faiss.index_factory`.

    :param kind: One of `APPROXIMATE`.
    :param dimension: Length of a vector.
    :param count: Vectors that it will hold.
    :returns: The description.
    """
    if kind == "hnsw":
        return "HNSW32_SQ8"
    # np: no polysemous training, which takes minutes and serves a search that is not made here
    numbers_a_byte = next(number for number in (4, 3, 2, 1) if dimension % number == 0)
    codes = {"ivf": "Flat", "ivf-sq8": "SQ8", "ivf-pq": f"PQ{dimension // numbers_a_byte}np"}
    return f"IVF{lists(count)},{codes[kind]}"


def efforts(kind: IndexKind, count: int) -> list[int]:
    """
    List how thoroughly a kind can be searched.

    :param kind: One of `APPROXIMATE`.
    :param count: Vectors that it holds.
    :returns: Values of `nprobe` or `ef_search`, ascending.
    """
    if kind == "hnsw":
        return [step for step in _STEPS if step >= 16]
    return [step for step in _STEPS if step < lists(count)] + [lists(count)]
