"""
How fast the reader is on this machine, against Haystack's on the same weights and passages.

    python tests/benchmarks/bench_reader.py

Ten passages a question, from the bundled sample. The p50 is over the questions asked one by one; the last row asks
all of them in one call.
"""

import logging
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

from qa_system.models import bundled_model
from qa_system.reading.reader import Reader
from qa_system.sources import read_questions, read_reviews

SAMPLE = Path(__file__).parents[2] / "qa_system" / "samples"
PASSAGES, QUESTIONS = 10, 20


def questions_with_passages():
    reviews = defaultdict(list)
    for review in read_reviews(SAMPLE / "reviews.jsonl"):
        reviews[review.meta["item_id"]].append(review)
    some = list(read_questions(SAMPLE / "questions.jsonl"))[::10][:QUESTIONS]
    return [question.text for question in some], [reviews[question.item_id][:PASSAGES] for question in some]


def seconds_by_reader(readers, queries, documents):
    """Ask every question of every reader in turn, so that what else the machine does slows all of them alike."""
    seconds = {name: [] for name in readers}
    for reader in readers.values():
        reader.run(query=queries[0], documents=documents[0])
    for query, passages in zip(queries, documents, strict=True):
        for name, reader in readers.items():
            start = perf_counter()
            reader.run(query=query, documents=passages)
            seconds[name].append(perf_counter() - start)
    return seconds


def main():
    queries, documents = questions_with_passages()
    count = sum(map(len, documents))
    folder = str(bundled_model("minilm-review-reader"))
    # As float32: it would run the float16 weights as saved, which takes 30 times longer on a CPU without float16.
    peer = TransformersExtractiveReader(folder, model_kwargs={"dtype": torch.float32})
    ours = {
        f"Reader, {tokens} tokens a batch": Reader(batch_tokens=tokens) for tokens in (512, 1024, 2048, 4096, 16384)
    }
    seconds = seconds_by_reader({"TransformersExtractiveReader": peer, **ours}, queries, documents)
    start = perf_counter()
    Reader().run_batch(queries, documents)
    seconds[f"Reader, all {QUESTIONS} questions at once"] = [perf_counter() - start]
    slowest = sum(seconds["TransformersExtractiveReader"])
    print(f"{'':34}{'p50 ms':>10}{'passages/s':>12}{'ratio':>8}")
    for name, times in seconds.items():
        print(f"{name:34}{median(times) * 1000:10.0f}{count / sum(times):12.1f}{slowest / sum(times):8.1f}")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main()
