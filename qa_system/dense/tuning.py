"""Build, measure, choose: which kind of index finds enough of the nearest, and how thoroughly it must be searched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from haystack import logging

from qa_system.dense.approximate import Approximate, build
from qa_system.dense.derived import Derived, checksum_of, forget, remove_other_files, written
from qa_system.dense.kinds import suitable
from qa_system.dense.log import VectorLog
from qa_system.dense.measuring import Sample, least_effort
from qa_system.settings import IndexKind

logger = logging.getLogger(__name__)

RECALL = 0.95
"""Share of the nearest that a search is to find, unless `qa tune dense` was told another."""


@dataclass(frozen=True, slots=True)
class Measured:
    """
    How a kind does on a sample.

    :param kind: The kind.
    :param effort: The least `nprobe` or `ef_search` that keeps the wanted recall, or the most there is; 0 for flat.
    :param recall: Share of the nearest that were found.
    :param milliseconds: Median time of a search.
    :param build_seconds: What building took.
    :param megabytes: What a search maps: the FAISS file, for flat the vectors.
    """

    kind: IndexKind
    effort: int
    recall: float
    milliseconds: float
    build_seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """
    What tuning found.

    :param measured: Every kind that was tried.
    :param best: The quickest of those that keep the wanted recall.
    """

    measured: list[Measured]
    best: Measured


def keep_up(folder: Path, log: VectorLog, asked: IndexKind) -> None:
    """
    Build the FAISS file of an index where it is missing, damaged, of another kind, or covers too little of the log.

    Only for the one writer.

    :param folder: Folder of the index.
    :param log: Its log.
    :param asked: The kind that the settings ask for.
    :raises OSError: If the disk is full; what was there stays.
    """
    derived = Derived.load(folder)
    kind = _kept(derived, asked, log)
    if kind == "flat":
        if derived is None or derived.kind != "flat":
            forget(folder)
    elif derived is None or not derived.serves(folder, log, kind):
        wanted, chosen = (derived.wanted, derived.chosen) if derived else (RECALL, False)
        logger.info("Building the {kind} index of {rows:,} vectors", kind=kind, rows=len(log))
        sample = Sample.of_log(log, size=200, top_k=10)
        built, _ = _built(folder, log, kind, sample, wanted=wanted)
        replace(built, chosen=chosen and asked == "auto").save(folder)


def tune(
    folder: Path,
    log: VectorLog,
    sample: Sample,
    *,
    kinds: Sequence[IndexKind],
    recall: float,
    apply: bool,
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
) -> Tuning:
    """
    Build every kind, find how thoroughly each must be searched, and keep the quickest that finds enough.

    Only for the one writer.

    :param folder: Folder of the index.
    :param log: Its log.
    :param sample: The queries to measure with.
    :param kinds: Kinds to try; exact search is always measured. Of a small log nothing is built.
    :param recall: Share of the nearest to be found, between 0 and 1.
    :param apply: Keep the best, for searches and for later jobs.
    :param progress: Told of what is being built.
    :returns: What was measured.
    :raises OSError: If the disk is full; what was there stays.
    """
    flat = Measured("flat", 0, 1.0, sample.milliseconds, 0.0, log.vectors.nbytes / 1e6)
    kept = Derived.load(folder)
    trials = [(_nothing(log, recall), flat)]
    for kind in kinds:
        if suitable(kind, len(log)) != "flat":
            trials.append(_built(folder, log, kind, sample, wanted=recall, progress=progress))
    derived, best = min((one for one in trials if one[1].recall >= recall), key=lambda one: one[1].milliseconds)
    if apply:
        replace(derived, chosen=True).save(folder)
    else:
        remove_other_files(folder, kept.file if kept else "")
    return Tuning([measured for _, measured in trials], best)


def _kept(derived: Derived | None, asked: IndexKind, log: VectorLog) -> IndexKind:
    """What `qa tune dense` chose stays with `auto`, exact search until there are twice as many vectors."""
    holds = derived is not None and derived.chosen and (derived.kind != "flat" or len(log) <= 2 * derived.rows)
    return suitable(derived.kind if derived is not None and holds and asked == "auto" else asked, len(log))


def _built(
    folder: Path,
    log: VectorLog,
    kind: IndexKind,
    sample: Sample,
    *,
    wanted: float,
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
) -> tuple[Derived, Measured]:
    start = perf_counter()
    path = written(
        folder, lambda path: build(log.vectors, kind, path, progress=lambda done, of: progress(kind, done, of))
    )
    seconds, size = perf_counter() - start, path.stat().st_size
    effort, recall, milliseconds = least_effort(Approximate.read(path, kind), log, sample, wanted)
    derived = Derived(
        kind=kind,
        log=log.path.name,
        log_checksum=log.checksum(len(log)),
        rows=len(log),
        file=path.name,
        size=size,
        checksum=checksum_of(path),
        effort=effort,
        recall=recall,
        wanted=wanted,
        chosen=False,
    )
    return derived, Measured(kind, effort, recall, milliseconds, seconds, size / 1e6)


def _nothing(log: VectorLog, wanted: float) -> Derived:
    return Derived(
        kind="flat",
        log=log.path.name,
        log_checksum=log.checksum(len(log)),
        rows=len(log),
        file="",
        size=0,
        checksum=0,
        effort=0,
        recall=1.0,
        wanted=wanted,
        chosen=False,
    )
