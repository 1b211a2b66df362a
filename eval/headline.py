"""The few measures that stand for all where there is no room for all."""

from collections.abc import Collection

MAIN = ("F1", "EM", "R@1", "R@5", "RR@10")


def main_measures(names: Collection[str]) -> tuple[str, ...]:
    """
    Choose the main measures among those at hand.

    :param names: What was measured.
    :returns: Those of `MAIN` that are there, the most important first; for a cutoff that is not, the nearest one.
    """
    chosen = [_nearest(wanted, names) for wanted in MAIN]
    return tuple(dict.fromkeys(name for name in chosen if name is not None))


def _nearest(wanted: str, names: Collection[str]) -> str | None:
    same = [name for name in names if _measure(name) == _measure(wanted)]
    return min(same, key=lambda name: abs(_cutoff(name) - _cutoff(wanted)), default=None)


def _measure(name: str) -> str:
    return name.partition("@")[0]


def _cutoff(name: str) -> int:
    return int(name.partition("@")[2] or 0)
