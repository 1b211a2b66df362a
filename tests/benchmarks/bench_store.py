"""
The embedded store against Haystack's in-memory store, on 100,000 reviews of 3,000 items.

Run it by hand: `python tests/benchmarks/bench_store.py`. The reviews are Amazon's, from the shared data in `../shared`
or where `QA_TEST_SHARED` says; where there is none, they are made of random words.
"""

import gzip
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from haystack import Document
from haystack.document_stores.in_memory import InMemoryDocumentStore

from qa_system.stores.embedded import EmbeddedDocumentStore

REVIEWS, ITEMS, BATCH, TOP_K = 100_000, 3_000, 10_000, 10
QUERIES, SLOW_QUERIES = 300, 5  # one query of the in-memory store takes as long as hundreds of ours
SHARED = Path(os.environ.get("QA_TEST_SHARED", Path(__file__).parents[3] / "shared"))
QUESTIONS = ("Is the battery life good?", "how is the sound quality", "does it fit", "screen bright enough outdoors")


def main() -> None:
    texts = list(islice(cycle(review_texts()), REVIEWS))
    random.Random(0).shuffle(texts)
    asked = [(random.choice(QUESTIONS), item_filter(random.randrange(ITEMS))) for _ in range(QUERIES)]
    in_memory = InMemoryDocumentStore(shared=False)
    with TemporaryDirectory() as folder:
        store = EmbeddedDocumentStore(Path(folder) / "store")
        ours = seconds(lambda: write(store, texts))
        theirs = seconds(lambda: in_memory.write_documents(list(documents(texts, 0, REVIEWS))))
        print(f"{REVIEWS:,} reviews of {ITEMS:,} items, top {TOP_K}\n")
        print(f"{'':32}{'embedded':>12}{'in memory':>12}{'ratio':>9}")
        show("write all, documents included", ours, theirs, "s")
        show("one item, p50", p50(store, asked), p50(in_memory, asked[:SLOW_QUERIES]), "ms")
        show("one item, rated 4 and more, p50", p50(store, rated(asked)), p50(in_memory, rated(asked[:5])), "ms")
        everywhere = [(query, None) for query, _ in asked]
        show("all items, p50", p50(store, everywhere), p50(in_memory, everywhere[:SLOW_QUERIES]), "ms")
        print(f"\nlist the items with their counts: {seconds(lambda: store.count_by('item_id')) * 1000:.1f} ms")
        print(f"go through all documents: {seconds(lambda: list(store.iter_documents())):.1f} s")
        print(subprocess.run([sys.executable, __file__, str(store.path)], capture_output=True, text=True).stdout)


def review_texts() -> Iterator[str]:
    files = sorted((SHARED / "data" / "amazon_reviews").glob("*.txt.gz"))
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from (line.partition(" #### ")[2].rstrip("\n") for line in lines)
    words = [f"word{number}" for number in range(5000)] + " ".join(QUESTIONS).lower().split()
    for _ in range(0 if files else REVIEWS):
        yield " ".join(random.choices(words, k=60))


def documents(texts: list[str], start: int, stop: int) -> Iterator[Document]:
    for number in range(start, min(stop, len(texts))):
        meta = {"item_id": f"B{number % ITEMS:07d}", "review_id": f"R{number}", "rating": number % 5 + 1.0}
        meta |= {"date": f"20{number % 20:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}", "split_id": 0}
        yield Document(id=f"{number:032x}", content=texts[number], meta=meta)


def write(store: EmbeddedDocumentStore, texts: list[str]) -> None:
    with store.writing():
        for start in range(0, len(texts), BATCH):
            store.write_documents(list(documents(texts, start, start + BATCH)))


def item_filter(number: int) -> dict[str, Any]:
    return {"field": "meta.item_id", "operator": "==", "value": f"B{number:07d}"}


def rated(asked: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    rating = {"field": "meta.rating", "operator": ">=", "value": 4}
    return [(query, {"operator": "AND", "conditions": [item, rating]}) for query, item in asked]


def p50(store: Any, asked: list[tuple[str, Any]]) -> float:
    return 1000 * median(
        seconds(lambda query=query, filters=filters: store.bm25_retrieval(query, filters=filters, top_k=TOP_K))
        for query, filters in asked
    )


def seconds(work: Callable[[], Any]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def show(label: str, ours: float, theirs: float, unit: str) -> None:
    print(f"{label:32}{ours:>9.2f} {unit:2}{theirs:>9.2f} {unit:2}{theirs / ours:>8.1f}x")


def open_and_ask(path: str) -> None:
    """In a process of its own, so that its memory is that of a reader."""
    before = resident_megabytes()
    store = EmbeddedDocumentStore.open(path)
    opening = seconds(store.count_documents)
    store.bm25_retrieval(QUESTIONS[0], filters=item_filter(1))
    grown = resident_megabytes() - before
    print(f"open: {opening * 1000:.1f} ms; memory after opening and a first query: +{grown:.1f} MB")


def resident_megabytes() -> float:
    """Of this process, as Linux tells it; `ru_maxrss` would be the parent's."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6 if status.exists() else float("nan")


if __name__ == "__main__":
    open_and_ask(sys.argv[1]) if len(sys.argv) > 1 else main()
