"""
Make docs/results.md: ask what is not asked yet (`qa eval`, resumable), then write the tables from the runs.

    make results                       # needs the data of ../shared; about an hour on two cores
    python docs/make_results.py        # the same
"""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from qa_system.eval.journal import read_run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Estimate, Scorecard

ROOT = Path(__file__).parents[1]
SUBJQA = Path(os.environ.get("QA_TEST_SHARED", ROOT.parent / "shared")) / "data" / "subjqa"
RESULTS = ROOT / "results"
PAGE = ROOT / "docs" / "results.md"

DOMAINS = ("electronics", "grocery", "restaurants", "tripadvisor")
RETRIEVERS = ("bm25", "dense", "hybrid")
READER = "minilm-review-reader"
FOUND = ("R@1", "R@3", "R@5", "R@10", "RR@10", "AP@20", "nDCG@10")
ANSWERED = ("EM", "F1", "EM answerable", "F1 answerable", "no-answer accuracy")
SURE = ("forced F1", "top-3 F1", "best F1", "AURC", "ECE answer", "ECE no answer")


def experiments() -> Iterator[tuple[str, list[str]]]:
    """Name the folder and the command of each experiment."""
    yield "book", ["retriever", "electronics/test.csv", "--within", "item"]
    for domain in DOMAINS:
        yield domain, ["retriever", domain, "--split", "test"]
        yield domain, ["reader", domain, "--split", "test"]
        chosen = RETRIEVERS if domain == "electronics" else ["hybrid"]
        yield domain, ["pipeline", domain, "--split", "test", *(part for name in chosen for part in ("-r", name))]


def run(folder: str, command: Sequence[str]) -> None:
    kind, data, *options = command
    arguments = ["eval", kind, str(SUBJQA / data), *options, "--out", str(RESULTS / folder)]
    subprocess.run([sys.executable, "-m", "qa_system.cli", *arguments], check=True, stdout=subprocess.DEVNULL)


@cache
def card(folder: str, run_name: str) -> Scorecard:
    return score(read_run(RESULTS / folder / "runs" / f"{run_name}.jsonl"))


def retrievers(folder: str, scope: str) -> dict[str, Scorecard]:
    return {name: card(folder, f"retriever-{name}-{scope}") for name in RETRIEVERS}


def reader(domain: str) -> Scorecard:
    return card(domain, f"reader-{READER}")


def pipeline(domain: str, retriever: str) -> Scorecard:
    return card(domain, f"pipeline-{retriever}+{READER}-item")


def written(estimate: Estimate | None) -> str:
    if estimate is None or np.isnan(estimate.value):
        return ""
    if np.isnan(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def row(name: str, measured: Mapping[str, Estimate], columns: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(written(measured.get(column)) for column in columns)} |"


def table(rows: Mapping[str, Mapping[str, Estimate]], columns: Sequence[str]) -> str:
    head = [f"| | {' | '.join(columns)} |", f"|---{'|---:' * len(columns)}|"]
    return "\n".join([*head, *(row(name, measured, columns) for name, measured in rows.items())])


def found(folder: str, scope: str) -> str:
    cards = retrievers(folder, scope)
    baseline = cards["bm25"].baselines["random"]
    return table({name: each.measures for name, each in cards.items()} | {"random": baseline}, FOUND)


def answerable(scorecard: Scorecard) -> int:
    return sum(prediction.question.is_answerable for prediction in scorecard.predictions)


def as_the_book_counted(scorecard: Scorecard) -> float:
    """Count a question without a relevant review as found, as Haystack 1's EvalDocuments did."""
    return float(np.mean(np.nan_to_num(scorecard.values["Success@1"], nan=1.0)))


def book_retrieval() -> str:
    rows = [
        f"| {name} | {as_the_book_counted(each):.3f} | {written(each.measures['R@1'])} | "
        f"{as_the_book_counted(whole):.3f} | {written(whole.measures['R@1'])} |"
        for (name, each), whole in zip(
            retrievers("book", "item").items(), retrievers("electronics", "item").values(), strict=True
        )
    ]
    random = [retrievers(folder, "item")["bm25"].baselines["random"]["R@1"] for folder in ("book", "electronics")]
    head = (
        "| | test reviews of the item, the book's count | corrected R@1 | all reviews of the item, the book's count | "
        "corrected R@1 |\n|---|---:|---:|---:|---:|"
    )
    return "\n".join([head, *rows, f"| random | | {written(random[0])} | | {written(random[1])} |"])


def losses(cards: Mapping[str, Scorecard]) -> str:
    head = (
        "| | EM | F1 | F1 on the right reviews | lost by retrieval | lost by reading |\n|---|---:|---:|---:|---:|---:|"
    )
    rows = [
        f"| {name} | {written(each.measures['EM'])} | {written(each.loss.pipeline)} | {written(each.loss.isolated)} | "
        f"{written(each.loss.retrieval)} | {written(each.loss.reading)} |"
        for name, each in cards.items()
        if each.loss
    ]
    return "\n".join([head, *rows])


def mistakes() -> str:
    cards = {"reader": reader("electronics")} | {name: pipeline("electronics", name) for name in RETRIEVERS}
    names = list(dict.fromkeys(name for each in cards.values() for name in each.mistakes))
    head = f"| | {' | '.join(cards)} |\n|---{'|---:' * len(cards)}|"
    rows = [f"| {name} | {' | '.join(_count(each, name) for each in cards.values())} |" for name in names]
    return "\n".join([head, *rows])


def _count(scorecard: Scorecard, mistake: str) -> str:
    count = len(scorecard.mistakes.get(mistake, ()))
    return f"{count} ({count / len(scorecard.predictions):.0%})"


def domains() -> str:
    head = (
        "| | questions | answerable | hybrid R@1 (item) | random | hybrid RR@10 (corpus) | reader EM | reader F1 | "
        "F1 answerable | people EM | people F1 | always abstaining | pipeline EM | pipeline F1 |\n"
        f"|---{'|---:' * 13}|"
    )
    return "\n".join([head, *map(domain_row, DOMAINS)])


def domain_row(domain: str) -> str:
    inside, outside = retrievers(domain, "item")["hybrid"], retrievers(domain, "corpus")["hybrid"]
    read, whole = reader(domain), pipeline(domain, "hybrid")
    cells = [
        f"{len(read.predictions)}",
        f"{answerable(read)}",
        *map(written, (inside.measures["R@1"], inside.baselines["random"]["R@1"], outside.measures["RR@10"])),
        *(written(read.measures[name]) for name in ("EM", "F1", "F1 answerable")),
        *(written(read.baselines["people"][name]) for name in ("EM", "F1")),
        written(read.baselines["always abstaining"]["F1"]),
        *(written(whole.measures[name]) for name in ("EM", "F1")),
    ]
    return f"| {domain} | {' | '.join(cells)} |"


def costs() -> str:
    cards = {READER: reader("electronics")}
    cards |= {f"{name} + {READER}": pipeline("electronics", name) for name in RETRIEVERS}
    head = "| | retrieval ms | reading ms | questions/s | peak memory | weights |\n|---|---:|---:|---:|---:|---:|"
    return "\n".join([head, *(cost_row(name, each) for name, each in cards.items())])


def cost_row(name: str, scorecard: Scorecard) -> str:
    cost = scorecard.cost
    stages = (cost.latency.get(stage) for stage in ("retrieval", "reading"))
    times = [
        "" if each is None else " / ".join(f"{second * 1000:.3g}" for second in (each.p50, each.p95, each.p99))
        for each in stages
    ]
    memory, weights = f"{cost.peak_memory / 1e9:.1f} GB", f"{sum(cost.model_bytes.values()) / 1e6:.0f} MB"
    return f"| {name} | {' | '.join(times)} | {cost.questions_per_second:.1f} | {memory} | {weights} |"


def page() -> str:
    read, asked = reader("electronics"), pipeline("electronics", "bm25")
    book = retrievers("book", "item")["bm25"]
    people = read.baselines["people"]
    return (
        (ROOT / "docs" / "results.md.in")
        .read_text(encoding="utf-8")
        .format(
            pairs=len(read.predictions),
            pairs_answerable=answerable(read),
            asked=len(asked.predictions),
            asked_answerable=answerable(asked),
            book_asked=len(book.predictions),
            corpus=asked.header.corpus,
            book_corpus=book.header.corpus,
            versions=", ".join(f"{name} {version}" for name, version in read.header.versions.items()),
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            inside=found("electronics", "item"),
            outside=found("electronics", "corpus"),
            book_retrieval=book_retrieval(),
            reader=table(
                {READER: read.measures, "people": people, "always abstaining": read.baselines["always abstaining"]},
                ANSWERED,
            ),
            confidence=table({READER: read.measures}, SURE),
            pipeline=losses({name: pipeline("electronics", name) for name in RETRIEVERS}),
            mistakes=mistakes(),
            domains=domains(),
            domain_losses=losses({name: pipeline(name, "hybrid") for name in DOMAINS}),
            costs=costs(),
        )
    )


def main() -> None:
    if not SUBJQA.is_dir():
        sys.exit(f"There is no SubjQA at {SUBJQA}. Set QA_TEST_SHARED to the folder that holds data/subjqa.")
    for folder, command in experiments():
        run(folder, command)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
