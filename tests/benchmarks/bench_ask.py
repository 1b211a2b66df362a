"""
How long a question takes, warm, on an item with 30 reviews: `python tests/benchmarks/bench_ask.py`.

The peer, in the same run, is the chain that Haystack's documentation shows: its in-memory BM25 retriever and
`TransformersExtractiveReader` (transformers-haystack) with the same weights, on the same reviews.
"""

import json
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

from qa_system import QASystem, index
from qa_system.models import bundled_model
from qa_system.queries import item_filter
from qa_system.samples import QUESTIONS, REVIEWS
from qa_system.sources import read_questions

ITEM = "ALL"
REVIEWS_OF_ITEM = 30


def main() -> None:
    """Print a table."""
    questions = [question.text for question in read_questions(QUESTIONS)][::7]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "s.qa"
        index(one_item(Path(folder)), store)
        with QASystem.open(store) as qa:
            print(f"{len(questions)} questions on one item with {qa.items()[ITEM]} reviews, 10 passages read, p50")
            report("qa.ask, bm25", lambda text: qa.ask(text, item_id=ITEM, retriever="bm25"), questions)
            report("qa.ask, hybrid", lambda text: qa.ask(text, item_id=ITEM, retriever="hybrid"), questions)
            report("Haystack's BM25 and reader", peer(qa), questions)


def one_item(folder: Path) -> Path:
    """Write reviews of the sample as if all were of one item."""
    rows = [json.loads(line) for line in REVIEWS.read_text(encoding="utf-8").splitlines()]
    chosen = [{**row, "item_id": ITEM} for row in rows[:: len(rows) // REVIEWS_OF_ITEM][:REVIEWS_OF_ITEM]]
    path = folder / "reviews.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in chosen), encoding="utf-8")
    return path


def peer(qa: QASystem):
    """The same with Haystack's own parts."""
    store = InMemoryDocumentStore()
    store.write_documents(qa.store.filter_documents())
    retriever = InMemoryBM25Retriever(store, filters=item_filter(ITEM), top_k=10)
    float32 = {"dtype": "float32"}  # it would run the stored float16, ten times as slow on a CPU
    reader = TransformersExtractiveReader(str(bundled_model("minilm-review-reader")), top_k=3, model_kwargs=float32)
    reader.warm_up()
    return lambda text: reader.run(text, documents=retriever.run(text)["documents"])


def report(name: str, ask, questions: list[str]) -> None:
    """Time one system."""
    ask(questions[0])
    times = []
    for question in questions:
        started = perf_counter()
        ask(question)
        times.append(perf_counter() - started)
    print(f"{name:30} {median(times) * 1000:7.0f} ms   slowest {max(times) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
