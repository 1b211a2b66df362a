"""The names of measures: their parts, and the few that stand for all where there is no room for all."""

from collections.abc import Collection

MAIN = ("F1", "EM", "RR@10", "R@5", "leading right", "dissent F1", "reviewers F1")


def family(measure: str) -> str:
    """
    Name a measure without its cutoff.

    :param measure: `R@5`, `F1`.
    :returns: `R@k`, `F1`.
    """
    name, at, _ = measure.partition("@")
    return f"{name}@k" if at else name


def cutoff(measure: str) -> int:
    """
    Tell the cutoff of a measure.

    :param measure: `R@5`, `F1`.
    :returns: 5, and 0 where there is none.
    """
    return int(measure.partition("@")[2] or 0)


def main_measures(names: Collection[str]) -> tuple[str, ...]:
    """
    Choose the main measures among those at hand.

    :param names: What was measured.
    :returns: Those of `MAIN` that are there, the most important first; for a cutoff that is not, the nearest one.
    """
    chosen = [_nearest(wanted, names) for wanted in MAIN]
    return tuple(dict.fromkeys(name for name in chosen if name is not None))


def _nearest(wanted: str, names: Collection[str]) -> str | None:
    same = [name for name in names if family(name) == family(wanted)]
    return min(same, key=lambda name: abs(cutoff(name) - cutoff(wanted)), default=None)
