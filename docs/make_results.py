"""
Make docs/results.md: ask what is not asked yet (`qa eval`, resumable), then write the tables from the runs.

    make results                       # needs the data of ../shared; takes hours on two cores
    python docs/make_results.py        # the same

Interrupted, it goes on where it was. Once the page is made, the next call asks everything anew.
"""

import csv
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median

import book

from qa_system.eval.journal import read_run
from qa_system.eval.report import measured
from qa_system.eval.report.markdown import written
from qa_system.eval.report.tables import Table
from qa_system.eval.score import score
from qa_system.eval.scorecard import Estimate, Scorecard

ROOT = Path(__file__).parents[1]
SUBJQA = Path(os.environ.get("QA_TEST_SHARED", ROOT.parent / "shared")) / "data" / "subjqa"
RESULTS = ROOT / "results"
COMPLETE = RESULTS / ".complete"

DOMAINS = ("electronics", "grocery", "restaurants", "tripadvisor")
RETRIEVERS = ("bm25", "dense", "hybrid")
READER = "minilm-review-reader"
FOUND = ("R@1", "R@3", "R@5", "R@10", "RR@10", "AP@20", "nDCG@10", "Judged@10")
ANSWERED = ("EM", "F1", "EM answerable", "F1 answerable", "no-answer accuracy")
SURE = ("forced F1", "top-3 F1", "best F1", "AURC", "ECE answer", "ECE no answer")

Systems = Mapping[str, Scorecard]


def experiments() -> Iterator[tuple[str, list[str]]]:
    """Name the folder and the command of each experiment."""
    yield "book", ["retriever", "electronics/test.csv", "--within", "item"]
    for domain in DOMAINS:
        yield domain, ["retriever", domain, "--split", "test"]
        yield domain, ["reader", domain, "--split", "test"]
        chosen = RETRIEVERS if domain == "electronics" else ["hybrid"]
        yield domain, ["pipeline", domain, "--split", "test", *(part for name in chosen for part in ("-r", name))]


def ask(folder: str, command: Sequence[str]) -> None:
    kind, data, *options = command
    arguments = ["eval", kind, str(SUBJQA / data), *options, "--out", str(RESULTS / folder)]
    asked = subprocess.run([sys.executable, "-m", "qa_system.cli", *arguments], stdout=subprocess.DEVNULL)
    if asked.returncode:
        sys.exit(asked.returncode)


@cache
def card(folder: str, run: str) -> Scorecard:
    return score(read_run(RESULTS / folder / "runs" / f"{run}.jsonl"))


def retrievers(folder: str, scope: str) -> Systems:
    return {name: card(folder, f"retriever-{name}-{scope}") for name in RETRIEVERS}


def readers(domain: str) -> Systems:
    cards = [card(domain, path.stem) for path in sorted((RESULTS / domain / "runs").glob("reader-*.jsonl"))]
    return {each.header.system: each for each in cards}


def pipeline(domain: str, retriever: str) -> Scorecard:
    return card(domain, f"pipeline-{retriever}+{READER}-item")


def of_domains(systems: Mapping[str, Scorecard], *baselines: str) -> dict[str, Mapping[str, Estimate]]:
    """Put the baselines of each domain below its system."""
    return {
        name: found
        for domain, each in systems.items()
        for name, found in [
            (domain, each.measures),
            *((f"{domain}, {base}", each.baselines[base]) for base in baselines),
        ]
    }


def side_by_side(systems: Systems, *baselines: str) -> dict[str, Mapping[str, Estimate]]:
    """Put the baselines, which all systems share, below the systems."""
    shared = next(iter(systems.values())).baselines
    return {name: each.measures for name, each in systems.items()} | {name: shared[name] for name in baselines}


def scores(rows: Mapping[str, Mapping[str, Estimate]], measures: Sequence[str]) -> str:
    return written(measured.scores("", rows, measures))


def questions() -> Table:
    columns = ("Domain", "Questions", "Answerable", "Review in train or dev", "Asked once per item", "Answerable")
    rows = [
        (name, *counts(readers(name)[READER]), len(repeated(name)), *counts(pipeline(name, "hybrid")))
        for name in DOMAINS
    ]
    return Table("", columns, tuple(rows))


def counts(each: Scorecard) -> tuple[int, int]:
    return len(each.predictions), measured.answerable(each)


@cache
def repeated(domain: str) -> set[str]:
    """The test questions whose review stands in train or dev too, word for word."""
    known = {review for split in ("train", "dev") for _, review in reviews(domain, split)}
    return {question for question, review in reviews(domain, "test") if review in known}


def reviews(domain: str, split: str) -> list[tuple[str, str]]:
    """Each question with its review, white space collapsed, for each annotation."""
    with (SUBJQA / domain / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["q_review_id"], " ".join(row["review"].split())) for row in csv.DictReader(file)]


def median_item(each: Scorecard) -> float:
    return median({one.question.item_id: one.question.meta["item_reviews"] for one in each.predictions}.values())


def page() -> str:
    inside, outside, test = (
        retrievers("electronics", "item"),
        retrievers("electronics", "corpus"),
        retrievers("book", "item"),
    )
    read, answer = readers("electronics"), {name: pipeline("electronics", name) for name in RETRIEVERS}
    header = read[READER].header
    hybrid = {name: pipeline(name, "hybrid") for name in DOMAINS}
    template = (ROOT / "docs" / "results.md.in").read_text(encoding="utf-8")
    return template.format(
        versions=", ".join(f"{name} {version}" for name, version in header.versions.items()),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        reader_name=READER,
        questions=written(questions()),
        repeated=sum(len(repeated(name)) for name in DOMAINS),
        asked=sum(len(readers(name)[READER].predictions) for name in DOMAINS),
        corpus=inside["bm25"].header.corpus,
        book_corpus=test["bm25"].header.corpus,
        book_item=median_item(test["bm25"]),
        item=median_item(inside["bm25"]),
        inside=scores(side_by_side(inside, "random"), FOUND),
        outside=scores(side_by_side(outside, "random"), FOUND),
        book_retrieval=written(book.retrieval(test, inside)),
        reader=scores(side_by_side(read, "people", "always abstaining"), ANSWERED),
        confidence=scores(side_by_side(read), SURE),
        book_reading=written(book.reading(read)),
        pipeline=scores(side_by_side(answer, "always abstaining"), (*ANSWERED, "Judged@10")),
        losses=written(measured.losses(answer)),
        book_answering=written(book.answering(answer)),
        mistakes=written(measured.mistakes({"reader": read[READER], **answer})),
        costs=written(measured.costs(read | {f"{name} + {READER}": each for name, each in answer.items()})),
        domains_inside=scores(
            of_domains({name: card(name, "retriever-hybrid-item") for name in DOMAINS}, "random"), FOUND
        ),
        domains_outside=scores(of_domains({name: card(name, "retriever-hybrid-corpus") for name in DOMAINS}), FOUND),
        domains_reader=scores(
            of_domains({name: readers(name)[READER] for name in DOMAINS}, "people", "always abstaining"), ANSWERED
        ),
        domains_pipeline=scores(of_domains(hybrid), (*ANSWERED, "Judged@10")),
        domains_losses=written(measured.losses(hybrid)),
    )


def main() -> None:
    if not SUBJQA.is_dir():
        sys.exit(f"There is no SubjQA at {SUBJQA}. Set QA_TEST_SHARED to the folder that holds data/subjqa.")
    if COMPLETE.exists():
        for runs in RESULTS.glob("*/runs"):
            shutil.rmtree(runs)
        COMPLETE.unlink()
    for folder, command in experiments():
        ask(folder, command)
    (ROOT / "docs" / "results.md").write_text(page(), encoding="utf-8")
    COMPLETE.touch()


if __name__ == "__main__":
    main()
