"""
How many reviews a second `qa summary --all` sums up: `python tests/benchmarks/bench_summary.py AMAZON [--reviews N]`.

AMAZON is a folder of `RATING #### text` files (shared/data/amazon_reviews). They name no items, so each 15 reviews in
a row, as many as a product of the bundled sample has, stand for one. The job is interrupted once and goes on.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter

from qa_system import QASystem, SummaryReport, index, load_settings

REVIEWS_OF_ITEM = 15
PLAIN = load_settings(overrides={"indexing": {"vectors": False}})


class Enough(Exception):
    """Interrupts a job."""


def texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.txt.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield line.partition(" #### ")[2].strip()


def written(folder: Path, reviews: int, to: Path) -> Path:
    with to.open("w", encoding="utf-8") as file:
        for number, text in enumerate(islice(texts(folder), reviews)):
            item = f"I{number // REVIEWS_OF_ITEM:05}"
            file.write(json.dumps({"item_id": item, "review_id": f"{item}-{number}", "text": text}) + "\n")
    return to


def stopping_at(reviews: int):
    def progress(stage: str, done: int, total: int | None) -> None:
        if done >= reviews:
            raise Enough

    return progress


def main() -> None:
    """Print what was done, and how fast."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reviews", type=int, default=60_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "s.qa"
        index(written(chosen.folder, chosen.reviews, Path(folder) / "reviews.jsonl"), store, settings=PLAIN)
        report = SummaryReport()
        with QASystem.open(store, settings=PLAIN) as qa:
            qa.summary(next(iter(qa.items())))  # loads the models
            try:
                qa.summarise_all(report=report, progress=stopping_at(chosen.reviews // 3))
            except Enough:
                print(f"interrupted after {report.items:,} items")
        with QASystem.open(store, settings=PLAIN) as qa:
            qa.summary(next(iter(qa.items())))
            rest = qa.summarise_all()
            started = perf_counter()
            again = qa.summarise_all()
        reviews, seconds = report.reviews + rest.reviews, report.seconds + rest.seconds
        print(f"{rest.items:,} items, {rest.kept:,} of them from before the interruption")
        print(f"{reviews:,} reviews in {seconds:,.0f} s: {reviews / seconds:,.0f} reviews a second")
        print(f"again, with all {again.kept:,} kept: {perf_counter() - started:,.1f} s")


if __name__ == "__main__":
    main()
