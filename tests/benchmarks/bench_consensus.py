"""
How long a consensus over 200 reviews of one item takes, warm: `python tests/benchmarks/bench_consensus.py`.

The reviews are those of the bundled sample, as if all were of one item. What is measured beside it, in the same run, is
reading the same passages alone, which no consensus can do without: the ratio does not depend on the machine.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from qa_system import QASystem, Reader, index
from qa_system.queries import item_filter
from qa_system.samples import QUESTIONS, REVIEWS
from qa_system.sources import read_questions

ITEM = "ALL"
REVIEWS_OF_ITEM = 200
EVERY = 25


def main() -> None:
    """Print a table."""
    questions = [question.text for question in read_questions(QUESTIONS)][::EVERY]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "s.qa"
        index(one_item(Path(folder)), store)
        with QASystem.open(store) as qa:
            passages = [[passage] for passage in qa.store.filter_documents(item_filter(ITEM))][:REVIEWS_OF_ITEM]
            print(
                f"{len(questions)} questions on {qa.items()[ITEM]} reviews, {len(passages)} passages read, p50 of each"
            )
            reader = Reader()

            def read(text: str) -> None:
                reader.run_batch([text] * len(passages), passages, top_k=1, no_answer=False)

            def agreed(text: str) -> None:
                qa.ask(text, item_id=ITEM, consensus=True)

            warm_up = "Is it any good at all?", "How long is the guarantee of it?"
            for text in warm_up:
                read(text)
                agreed(text)
            reading = p50(read, questions)
            report("reading the passages alone", reading, reading)
            report("consensus, first sight", p50(agreed, questions), reading)
            report("consensus, kept", p50(agreed, questions), reading)


def one_item(folder: Path) -> Path:
    """Write reviews of the sample as if all were of one item."""
    rows = [json.loads(line) for line in REVIEWS.read_text(encoding="utf-8").splitlines()][:REVIEWS_OF_ITEM]
    path = folder / "reviews.jsonl"
    path.write_text("".join(json.dumps({**row, "item_id": ITEM}) + "\n" for row in rows), encoding="utf-8")
    return path


def p50(run: Callable[[str], None], questions: list[str]) -> float:
    seconds = []
    for text in questions:
        started = perf_counter()
        run(text)
        seconds.append(perf_counter() - started)
    return median(seconds)


def report(name: str, seconds: float, reading: float) -> None:
    print(f"{name:28} {1000 * seconds:7.0f} ms   {seconds / reading:5.2f} x reading")


if __name__ == "__main__":
    main()
