"""Runs that stand side by side in a report: the same kind of system, asked the same questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from qa_system.eval.compare import Comparison, compare, labels
from qa_system.eval.runs import Header, Kind
from qa_system.eval.scorecard import Estimate, Scorecard


@dataclass(frozen=True, slots=True)
class Group:
    """
    Runs of one kind on the same questions.

    :param anchor: Identifies the group in a page.
    :param kind: Their kind.
    :param data: Names the questions: `electronics, test`.
    :param systems: Scorecards by the name of the system, which is told apart from its namesakes.
    """

    anchor: str
    kind: Kind
    data: str
    systems: Mapping[str, Scorecard]

    @property
    def first(self) -> Scorecard:
        """One of them, for what all have in common."""
        return next(iter(self.systems.values()))

    @property
    def baselines(self) -> dict[str, Mapping[str, Estimate]]:
        """Measures of each baseline, once; the scope is named where systems of several scopes are in the group."""
        mixed = len({card.header.scope for card in self.systems.values()}) > 1
        return {
            f"{name} ({card.header.scope})" if mixed else name: measures
            for card in self.systems.values()
            for name, measures in card.baselines.items()
        }


def grouped(scorecards: Sequence[Scorecard]) -> list[Group]:
    """
    Put runs that can be shown side by side together.

    :param scorecards: Of any kinds and data.
    :returns: The groups, each with its scorecards in the order given.
    """
    members: dict[tuple[object, ...], list[Scorecard]] = {}
    for card in scorecards:
        members.setdefault(_experiment(card.header), []).append(card)
    return [_group(index, cards) for index, cards in enumerate(members.values(), start=1)]


def comparisons(scorecards: Sequence[Scorecard]) -> list[Comparison]:
    """
    Test the systems that compete: those that stand side by side and search the same reviews.

    :param scorecards: Of any kinds and data.
    :returns: A comparison of each such group of two systems or more.
    """
    competing: dict[tuple[object, ...], list[Scorecard]] = {}
    for card in scorecards:
        competing.setdefault((*_experiment(card.header), card.header.scope), []).append(card)
    return [compare(cards) for cards in competing.values() if len(cards) > 1]


def by_scope(group: Group) -> list[Group]:
    """
    Separate what searches the reviews of an item from what searches all.

    :param group: Runs of any scopes.
    :returns: A group for each scope; the group itself where there is one.
    """
    scopes = dict.fromkeys(card.header.scope for card in group.systems.values())
    if len(scopes) == 1:
        return [group]
    return [
        replace(
            group,
            anchor=f"{group.anchor}-{scope}",
            systems={name: card for name, card in group.systems.items() if card.header.scope == scope},
        )
        for scope in scopes
    ]


def data_name(header: Header) -> str:
    """
    Name what was asked.

    :param header: Of a run.
    :returns: The last part of the path, and the split where there is one.
    """
    name = PurePath(str(header.data.get("path", "data"))).name
    split = header.data.get("split")
    return f"{name}, {split}" if split else name


def searched(header: Header) -> str:
    """
    Name what answers could come from.

    :param header: Of a run.
    :returns: `reviews of the item`, for example.
    """
    if header.scope is None:
        return "the right reviews"
    return "reviews of the item" if header.scope == "item" else f"all {header.corpus or 0:,} reviews"


def _experiment(header: Header) -> tuple[object, ...]:
    """The checksum covers questions and labels, so that the same data may lie elsewhere."""
    if checksum := header.data.get("sha256"):
        return header.kind, checksum
    return header.kind, *(str(header.data.get(key)) for key in ("path", "split"))


def _group(index: int, cards: Sequence[Scorecard]) -> Group:
    header = cards[0].header
    systems = dict(zip(labels([card.header for card in cards]), cards, strict=True))
    return Group(f"{header.kind}-{index}", header.kind, data_name(header), systems)
