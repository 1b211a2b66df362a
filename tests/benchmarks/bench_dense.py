"""
Exact search inside an item, against searching everything with FAISS and filtering afterwards (as faiss-haystack does).

Run it by hand: `python tests/benchmarks/bench_dense.py`. How it grows: `bench_dense_scale.py`.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import faiss
import numpy as np

from qa_system.dense.index import DenseIndex
from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.writer import IndexWriter

PASSAGES, ITEMS, DIMENSION, TOP_K, QUERIES, BLOCK = 100_000, 3_000, 384, 10, 300, 256
ENCODER: Any = SimpleNamespace(identity=EncoderIdentity("random", "random", "0", "0"), dimension=DIMENSION)


def main() -> None:
    random = np.random.default_rng(0)
    vectors = unit_vectors(random, PASSAGES)
    items = [f"item{number}" for number in random.integers(ITEMS, size=PASSAGES)]
    questions = list(zip(unit_vectors(random, QUERIES), random.choice(items, QUERIES).tolist(), strict=True))
    with TemporaryDirectory() as folder:
        path = Path(folder)
        _, writing = timed(lambda: write(path, items, vectors))
        index, opening = timed(lambda: DenseIndex.open(path))
        flat = faiss.IndexFlatIP(DIMENSION)
        flat.add(vectors)

        def rows_of_item(item: str) -> np.ndarray:
            return np.flatnonzero(np.array(items) == item)

        exact = {
            "inside the item": lambda vector, item: index.search(vector, top_k=TOP_K, item_id=item),
            "FAISS, filtered afterwards": lambda vector, item: post_filtered(flat, items, vector, item),
        }
        everywhere = {
            "everywhere": lambda vector, _: index.search(vector, top_k=TOP_K),
            "FAISS IndexFlatIP": lambda vector, _: named(flat.search(vector[None], TOP_K)),
        }
        print(f"{PASSAGES:,} x {DIMENSION} vectors of {ITEMS:,} items, top {TOP_K}")
        print(f"written in {writing:.2f} s ({-(-PASSAGES // BLOCK)} blocks), opened in {opening * 1000:.0f} ms\n")
        print(f"{'search':28}{'p50 ms':>10}{'ratio':>10}{'recall@10':>12}")
        compare(exact, questions, lambda *asked: recall(vectors, rows_of_item, *asked))
        compare(everywhere, questions[:50], lambda *asked: recall(vectors, lambda _: np.arange(PASSAGES), *asked))


def unit_vectors(random: np.random.Generator, count: int) -> np.ndarray:
    drawn = random.normal(size=(count, DIMENSION)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def write(path: Path, items: list[str], vectors: np.ndarray) -> None:
    with IndexWriter(path, ENCODER, kind="flat") as index:
        for start in range(0, PASSAGES, BLOCK):
            rows = range(start, min(start + BLOCK, PASSAGES))
            index.append([f"{row:032x}" for row in rows], [items[row] for row in rows], vectors[start : rows.stop])


def post_filtered(flat: faiss.IndexFlatIP, items: list[str], vector: np.ndarray, item: str) -> list[tuple[str, float]]:
    found = named(flat.search(vector[None], 10 * TOP_K))
    return [(id_, score) for id_, score in found if items[int(id_, 16)] == item][:TOP_K]


def named(result: tuple[np.ndarray, np.ndarray]) -> list[tuple[str, float]]:
    scores, rows = result
    return [(f"{row:032x}", score) for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True)]


def recall(
    vectors: np.ndarray,
    candidates: Callable[[str], np.ndarray],
    found: list[tuple[str, float]],
    vector: np.ndarray,
    item: str,
) -> float:
    rows = candidates(item)
    best = rows[np.argsort(-(vectors[rows] @ vector))[:TOP_K]]
    return len({id_ for id_, _ in found} & {f"{row:032x}" for row in best}) / len(best)


def compare(ways: dict[str, Callable[..., Any]], questions: list[Any], quality: Callable[..., float]) -> None:
    results = {name: [timed(lambda way=way, q=q: way(*q)) for q in questions] for name, way in ways.items()}
    ours = median(seconds for _, seconds in next(iter(results.values())))
    for name, outcomes in results.items():
        seconds = median(seconds for _, seconds in outcomes)
        mean = np.mean([quality(found, *question) for (found, _), question in zip(outcomes, questions, strict=True)])
        print(f"{name:28}{seconds * 1000:10.3f}{seconds / ours:10.1f}{mean:12.3f}")


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = perf_counter()
    result = work()
    return result, perf_counter() - start


if __name__ == "__main__":
    main()
