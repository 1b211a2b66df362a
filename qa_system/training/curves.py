"""The curves of a training, as an SVG file to be looked at by itself or beside the report."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qa_system.eval.folder import write_file
from qa_system.eval.scorecard import Curve
from qa_system.training.history import History

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "training",  # the same log gives the same bytes
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}
_SMOOTHED = 25
"""The loss is averaged over about one of so many parts of the training: batches differ more than it falls."""


class Step(Protocol):
    """What a row of any training's log says."""

    @property
    def step(self) -> int:
        """Batches learned from."""
        ...

    @property
    def loss(self) -> float:
        """The mean since the row before."""
        ...

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        ...


def draw_curves(path: Path, history: History, reliability: Curve) -> None:
    """
    Draw how a training went, by step, and how far the scores of its model can be believed.

    :param path: The SVG file.
    :param history: The log of the training.
    :param reliability: How sure the model was, and how often it was right, in bins.
    :raises QAError: The file cannot be written.
    """
    draw(
        path,
        partial(draw_loss, rows=history.rows),
        partial(_scores, history=history),
        partial(draw_rate, rows=history.rows),
        partial(_reliability, curve=reliability),
    )


def draw(path: Path, *plots: Callable[[Axes], None]) -> None:
    """
    Draw plots, two in a row.

    :param path: The SVG file.
    :param plots: Each draws one.
    :raises QAError: The file cannot be written.
    """
    rows = -(-len(plots) // 2)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(9, 3 * rows), layout="constrained")
        FigureCanvasSVG(figure)
        for place, plot in enumerate(plots, start=1):
            plot(figure.add_subplot(rows, 2, place))
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    write_file(path, drawn.getvalue())


def draw_loss(axes: Axes, rows: Sequence[Step]) -> None:
    """
    Draw how the loss fell.

    :param axes: Where.
    :param rows: The log.
    """
    steps, losses = column(rows, "step"), column(rows, "loss")
    window = np.ones(2 * (len(rows) // (2 * _SMOOTHED)) + 1)
    shares = np.convolve(np.ones_like(losses), window, mode="same")
    axes.plot(steps, losses, color="C0", alpha=0.3)
    axes.plot(steps, np.convolve(losses, window, mode="same") / shares, color="C0")
    axes.set(title="Loss (cross-entropy, nats)", xlabel="step", xlim=(0, None), ylim=(0, None))


def draw_rate(axes: Axes, rows: Sequence[Step]) -> None:
    """
    Draw how the learning rate rose and fell.

    :param axes: Where.
    :param rows: The log.
    """
    axes.plot(column(rows, "step"), column(rows, "learning_rate"), color="C2")
    axes.set(title="Learning rate", xlabel="step", xlim=(0, None), ylim=(0, None))
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))


def _scores(axes: Axes, history: History) -> None:
    steps = column(history.validations, "step")
    for name, score, line in (("F1", "f1", "-o"), ("EM", "exact", "--s")):
        axes.plot(steps, column(history.validations, score), line, label=name, markersize=4)
    axes.axvline(history.best.step, color="black", alpha=0.5, linestyle=":", label="the model that was kept")
    axes.set(title="Validation", xlabel="step", xlim=(0, 1.04 * history.last.step), ylim=(0, 1.02))
    axes.legend(loc="lower right")


def _reliability(axes: Axes, curve: Curve) -> None:
    axes.plot([0, 1], [0, 1], color="black", alpha=0.5, linestyle=":", label="as sure as right")
    axes.plot(curve.x, curve.y, color="C3")
    axes.scatter(curve.x, curve.y, s=8 + 90 * curve.weight / max(1, curve.weight.max(initial=0)), color="C3")
    axes.set(title="Reliability", xlabel="how sure it was", ylabel="share exactly right", ylim=(0, 1.02))
    axes.legend(loc="upper left")


def column(rows: Sequence[Step], name: str) -> NDArray[np.float64]:
    """
    Take a value out of every row.

    :param rows: The rows.
    :param name: Of the value.
    :returns: The values, shape `[rows]`.
    """
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)
