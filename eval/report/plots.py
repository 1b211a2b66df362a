"""Curves and bars of a report, as SVG that lies inline in a page and takes colours and font from it."""

import html
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from matplotlib.ticker import MaxNLocator

from qa_system.eval.headline import cutoff, family
from qa_system.eval.report.groups import Group, by_scope, searched
from qa_system.eval.scorecard import Curve, Estimate

INK = "#00000a"
"""Stands for the colour of the page's text."""
SERIES = tuple(f"#0000a{index}" for index in range(6))
"""Stand for the page's `--series-0` to `--series-5`, so that each colour scheme has its own."""
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
MARKERS = "osD^vP"
"""Lines differ by more than colour."""
FEW = 5
"""Of fewer answers the share that is right says little."""
NAME = 32
"""Characters of a system's name that fit beside its bars."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "axes.prop_cycle": cycler(color=SERIES),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "savefig.transparent": True,
}


@dataclass(frozen=True, slots=True)
class Plot:
    """
    A figure of the report.

    :param title: What it shows.
    :param caption: How to read it.
    :param svg: An `<svg>` element.
    """

    title: str
    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class _Kind:
    title: str
    caption: str
    draw: Callable[[Figure, Group], None]


def plots(group: Group) -> list[Plot]:
    """
    Draw what there is to draw of a group of runs.

    :param group: Runs of one kind on the same questions.
    :returns: Those of `recall`, `scores`, `reliability`, `risk-coverage` and lengths that the runs have values for.
    """
    recalls = [(part, "recall", _titled(KINDS["recall"], part)) for part in by_scope(group)]
    others = [(group, name, kind) for name, kind in KINDS.items() if name != "recall"]
    return [
        Plot(kind.title, kind.caption, _drawn(part, f"{part.anchor}-{name.replace(' ', '-')}", kind))
        for part, name, kind in [*recalls, *others]
        if _curves(part, name) or (name == "scores" and "F1" in part.first.measures)
    ]


def _titled(kind: _Kind, group: Group) -> _Kind:
    return replace(kind, title=f"{kind.title}, {searched(group.first.header)}")


def _drawn(group: Group, prefix: str, kind: _Kind) -> str:
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": prefix}):
        figure = Figure(figsize=(4.8, 3.2), layout="constrained")
        FigureCanvasSVG(figure)
        kind.draw(figure, group)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inline(written.getvalue(), prefix, f"{kind.title}. {kind.caption}")


def _inline(svg: str, prefix: str, label: str) -> str:
    """Fit a stand-alone SVG file into a page: its own ids, the page's colours, font and size, a name to be read out."""
    view = re.search(r'viewBox="[^"]*"', svg)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg[svg.index(">", svg.index("<svg")) + 1 :], flags=re.S)
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}-", body.replace("xlink:href", "href"))
    # Matplotlib before 3.11 writes size and family as one property.
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", body)
    body = re.sub(r"font-family: [^;\"]*;?", "", body).replace(INK, "currentColor")
    for index, colour in enumerate(SERIES):
        body = body.replace(colour, f"var(--series-{index})")
    label = html.escape(label)
    return f'<svg role="img" aria-label="{label}" {view.group() if view else ""}>{body.strip()}'


def _curves(group: Group, name: str) -> dict[str, Curve]:
    return {system: card.curves[name] for system, card in group.systems.items() if name in card.curves}


def _line(axes: Axes, index: int, name: str, curve: Curve, *, marker: bool = True) -> None:
    axes.plot(
        curve.x,
        curve.y,
        label=name,
        color=SERIES[index % len(SERIES)],
        linestyle=DASHES[index % len(DASHES)],
        marker=MARKERS[index % len(MARKERS)] if marker else None,
        markersize=4,
    )


def _finish(figure: Figure, axes: Axes, x: str, y: str) -> None:
    axes.set(xlabel=x, ylabel=y, ylim=(0, 1.02))
    axes.grid(alpha=0.15, color=INK)
    legend = figure.legend(loc="outside lower left")
    figure.set_figheight(2.8 + 0.2 * len(legend.get_texts()))


def _recall(figure: Figure, group: Group) -> None:
    axes = figure.subplots()
    for index, (name, curve) in enumerate(_curves(group, "recall").items()):
        _line(axes, index, name, curve, marker=len(curve.x) <= 20)
    for mark, (name, measures) in zip(cycle("x+1"), group.baselines.items(), strict=False):
        points = sorted((cutoff(key), found.value) for key, found in measures.items() if family(key) == "R@k")
        if points:
            axes.plot(*zip(*points, strict=True), label=name, color=INK, linestyle=":", marker=mark, alpha=0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(figure, axes, "reviews retrieved", "recall")


def _reliability(figure: Figure, group: Group) -> None:
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=INK, alpha=0.5, linewidth=1, linestyle=":", label="as sure as right")
    for index, (name, curve) in enumerate(_curves(group, "reliability").items()):
        _line(axes, index, name, curve, marker=False)
        _bins(axes, index, curve)
    axes.set_xlim(0, 1.02)
    _finish(figure, axes, "how sure it was", "share right")


def _bins(axes: Axes, index: int, curve: Curve) -> None:
    """The larger the more answers; hollow where they are too few to tell."""
    colour, few = SERIES[index % len(SERIES)], curve.weight < FEW
    axes.scatter(
        curve.x,
        curve.y,
        s=8 + 90 * curve.weight / max(1, curve.weight.max(initial=0)),
        facecolors=np.where(few, "none", colour),
        edgecolors=colour,
        marker=MARKERS[index % len(MARKERS)],
    )


def _risk(figure: Figure, group: Group) -> None:
    axes = figure.subplots()
    for index, (name, curve) in enumerate(_curves(group, "risk-coverage").items()):
        _line(axes, index, name, curve, marker=False)
    axes.set_xlim(0, 1)
    _finish(figure, axes, "share of questions answered, surest first", "mean error")


def _scores(figure: Figure, group: Group) -> None:
    axes = figure.subplots()
    systems = {name: card.measures for name, card in group.systems.items()}
    rows = {name: found for name, found in (systems | group.baselines).items() if {"EM", "F1"} <= found.keys()}
    for index, measure in enumerate(("F1", "EM")):
        _bars(axes, index, measure, [found[measure] for found in rows.values()])
    axes.set_yticks(range(len(rows)), [name if len(name) <= NAME else f"{name[:NAME]}…" for name in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    figure.legend(loc="outside lower center", ncols=2)
    figure.set_figheight(1.2 + 0.5 * len(rows))


def _bars(axes: Axes, index: int, measure: str, estimates: list[Estimate]) -> None:
    value, low, high = (np.array([getattr(one, name) for one in estimates]) for name in ("value", "low", "high"))
    axes.barh(
        np.arange(len(estimates)) + 0.38 * index - 0.19,
        value,
        height=0.34,
        label=measure,
        color=SERIES[index],
        hatch="" if index else "//",
        edgecolor=INK,
        linewidth=0.5,
        xerr=np.maximum(0, [value - low, high - value]),
        error_kw={"ecolor": INK, "capsize": 3, "elinewidth": 1},
    )


def _lengths(name: str) -> Callable[[Figure, Group], None]:
    def draw(figure: Figure, group: Group) -> None:
        axes = figure.subplots()
        curve = next(iter(_curves(group, name).values()))
        width = np.diff(curve.x)
        axes.bar(curve.x[:-1], curve.weight[: len(width)], width, align="edge", color=SERIES[0], edgecolor=INK)
        axes.set(xlabel="words", ylabel="questions", xlim=(0, None))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    return draw


KINDS: Mapping[str, _Kind] = {
    "recall": _Kind(
        "Recall by depth",
        "Share of the relevant reviews among those retrieved. Further up and left is better.",
        _recall,
    ),
    "scores": _Kind("EM and F1", "Means over all questions, with their 95% interval.", _scores),
    "reliability": _Kind(
        "Reliability",
        "Answers in bins of probability; the larger a mark, the more answers, and a hollow one stands for fewer than "
        f"{FEW}. On the dotted line, 70% sure is right 7 times in 10; below it, the system is too sure of itself.",
        _reliability,
    ),
    "risk-coverage": _Kind(
        "Risk and coverage",
        "Mean error when only the surest answers are given. A curve that rises to the right means that confidence "
        "tells good answers from bad.",
        _risk,
    ),
    "question length": _Kind(
        "Length of the questions", "How many questions have so many words.", _lengths("question length")
    ),
    "review length": _Kind(
        "Length of the right reviews",
        "How many questions have right reviews of so many words.",
        _lengths("review length"),
    ),
}
