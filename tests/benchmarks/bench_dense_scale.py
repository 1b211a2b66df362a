"""
Searching, opening and building a dense index as it grows: exact search against what FAISS builds.

Run it by hand: `python tests/benchmarks/bench_dense_scale.py --rows 10000 100000 1000000 --plot docs/images/dense.svg`.

The vectors are made: a mixture of Gaussians, one for 250 vectors, around centres of unit length; inside each the
deviation falls with the square root of the direction's number, as the spectrum of sentence vectors does, and is as long
as the centre is; then all are normalised. Queries are stored vectors, which never count as their own neighbours.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from qa_system.dense.kinds import APPROXIMATE
from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.measuring import Sample
from qa_system.dense.tuning import Measured, tune
from qa_system.dense.writer import IndexWriter, locked_log

DIMENSION, TOP_K, BLOCK, A_CLUSTER, AN_ITEM, RECALL = 384, 10, 4096, 250, 33, 0.95
ENCODER: Any = SimpleNamespace(identity=EncoderIdentity("made", "made", "0", "0"), dimension=DIMENSION)

OPENING = """
import json, resource, sys
from time import perf_counter
import numpy as np
import faiss
from qa_system.dense.index import DenseIndex

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6

before, start = resident(), perf_counter()
index = DenseIndex.open(sys.argv[1])
seconds, opened = perf_counter() - start, resident()
for query in np.random.default_rng(1).normal(size=(50, index.manifest.dimension)).astype(np.float32):
    index.search(query, top_k=10)
print(json.dumps({"seconds": seconds, "opened": opened - before, "searched": resident() - before}))
"""
"""Resident memory after 50 searches counts the pages of mapped files that these have touched."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dense",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}
PANELS = {
    "build_seconds": "Build (s)",
    "megabytes": "Size (MB, mapped)",
    "milliseconds": "p50 of a search (ms)",
    "recall": f"Recall@{TOP_K}",
}


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", default=list(APPROXIMATE), choices=APPROXIMATE)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    curves = {rows: measured(rows, asked.kinds, asked.sample) for rows in asked.rows}
    if asked.plot:
        draw(asked.plot, curves)


def measured(rows: int, kinds: list[Any], size: int) -> list[Measured]:
    with TemporaryDirectory() as folder:
        path = Path(folder)
        write(path, rows)
        flat = opened(path)
        with locked_log(path) as log:
            sample = Sample.of_log(log, size=size, top_k=TOP_K)
            tuning = tune(path, log, sample, kinds=kinds, recall=RECALL, apply=True)
        print(f"\n{rows:,} x {DIMENSION}, recall@{TOP_K} of at least {RECALL} over {len(sample.own)} queries")
        print(f"{'kind':10}{'effort':>8}{'recall':>8}{'p50 ms':>10}{'times':>8}{'build s':>10}{'MB':>10}")
        for one in tuning.measured:
            times = sample.milliseconds / one.milliseconds
            print(
                f"{one.kind:10}{one.effort:8}{one.recall:8.3f}{one.milliseconds:10.2f}{times:8.1f}"
                f"{one.build_seconds:10.1f}{one.megabytes:10.1f}"
            )
        for name, figures in (("flat", flat), (tuning.best.kind, opened(path))):
            print(
                f"opened as {name} in {figures['seconds']:.2f} s; resident {figures['opened']:.0f} MB, "
                f"after 50 searches {figures['searched']:.0f} MB"
            )
    return tuning.measured


def write(path: Path, rows: int) -> None:
    random = np.random.default_rng(0)
    centres = unit(random.standard_normal((max(1, rows // A_CLUSTER), DIMENSION), dtype=np.float32))
    spectrum = 1 / np.sqrt(1 + np.arange(DIMENSION, dtype=np.float32))
    spectrum /= np.linalg.norm(spectrum)
    with IndexWriter(path, ENCODER, kind="flat") as index:
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            deviation = random.standard_normal((count, DIMENSION), dtype=np.float32) * spectrum
            vectors = unit(centres[random.integers(len(centres), size=count)] + deviation)
            items = [f"item{number}" for number in random.integers(max(1, rows // AN_ITEM), size=count)]
            index.append([f"{row:032x}" for row in range(start, start + count)], items, vectors)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def opened(path: Path) -> dict[str, float]:
    """Open the index in a process of its own."""
    done = subprocess.run([sys.executable, "-c", OPENING, str(path)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def draw(path: Path, curves: dict[int, list[Measured]]) -> None:
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9, 6), layout="constrained")
        FigureCanvasSVG(figure)
        panels = list(figure.subplots(2, 2).flat)
        for axes, (column, title) in zip(panels, PANELS.items(), strict=True):
            for kind in [one.kind for one in next(iter(curves.values()))]:
                at = {rows: getattr(one, column) for rows, all_ in curves.items() for one in all_ if one.kind == kind}
                axes.plot(list(at), list(at.values()), "-o", label=kind, markersize=4)
            axes.set(title=title, xlabel="vectors", xscale="log")
            if column == "build_seconds":  # nothing is built for flat
                axes.set_yscale("symlog")
                axes.set_ylim(bottom=0)
            elif column != "recall":
                axes.set_yscale("log")
        panels[1].legend(loc="upper left")
        figure.savefig(path, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))


if __name__ == "__main__":
    main()
