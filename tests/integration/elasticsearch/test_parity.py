"""The same 5,000 reviews in both stores: the same passages, nearly the same rankings, the same answers."""

import gzip
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from qa_system import QASystem, index, load_settings

REVIEWS, ITEMS, TOP_K = 5_000, 125, 10
QUESTIONS = (
    "Is the battery life good?",
    "how is the sound quality",
    "does it fit",
    "Was the story boring?",
    "would you recommend it to a friend",
    "how is the picture on screen",
    "is it worth 5.99?",
    "don't you like the characters",
)


@pytest.fixture(scope="module")
def source(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parity") / "reviews.jsonl"
    rows = [
        {"item_id": f"I{number % ITEMS}", "review_id": f"R{number}", "rating": number % 5 + 1.0, "text": text}
        for number, text in enumerate(islice(texts(shared), REVIEWS))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(shared: Path) -> Iterator[str]:
    for file in sorted((shared / "data" / "amazon_reviews").glob("*.txt.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from (line.partition(" #### ")[2].rstrip("\n") for line in lines)


def indexed(source: Path, tmp_path: Path, url: str | None) -> QASystem:
    settings = load_settings(
        overrides={
            "store": {"path": tmp_path / "store.qa", "url": url},
            "elasticsearch": {"dead_letters": tmp_path / "dead.jsonl"},
            "indexing": {"vectors": False},
        }
    )
    assert index(source, settings=settings).written == REVIEWS
    return QASystem.open(settings=settings)


@pytest.mark.slow
def test_both_stores_find_and_answer_the_same(
    source: Path, tmp_path: Path, cluster: str, index_name: str, record_property: Callable[[str, object], None]
) -> None:
    with (
        indexed(source, tmp_path / "cluster", f"{cluster}/{index_name}") as on_cluster,
        indexed(source, tmp_path / "embedded", None) as embedded,
    ):
        assert sorted(on_cluster.store.ids_by_filter()) == sorted(embedded.store.ids_by_filter())
        assert on_cluster.items() == embedded.items()
        asked = [(question, f"I{number}") for number in range(0, ITEMS, 5) for question in QUESTIONS]
        overlaps = [overlap(on_cluster, embedded, *one) for one in asked]
        overlaps += [overlap(on_cluster, embedded, question, None) for question in QUESTIONS]
        record_property("mean overlap", sum(overlaps) / len(overlaps))
        assert sum(overlaps) / len(overlaps) > 0.95
        some = asked[::20]
        ours, theirs = on_cluster.ask_many(some), embedded.ask_many(some)
        same = [first_answer(one) == first_answer(other) for one, other in zip(ours, theirs, strict=True)]
        record_property("same first answers", f"{sum(same)} of {len(same)}")
        assert sum(same) >= 0.9 * len(same)


def overlap(first: QASystem, second: QASystem, question: str, item_id: str | None) -> float:
    asked = {"item_id": item_id, "top_k": TOP_K, "retriever": "bm25"}
    ours, theirs = ({found.id for found in system.search(question, **asked)} for system in (first, second))
    return len(ours & theirs) / max(1, len(ours), len(theirs))


def first_answer(result) -> tuple[bool, str | None]:
    return result.abstained, None if result.abstained else result.answers[0].data
