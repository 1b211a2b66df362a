"""
How fast the reader is on this machine, and how right, against Haystack's on the same weights and passages.

    python tests/benchmarks/bench_reader.py [--model FOLDER]

Speed: ten passages a question, first those of the bundled sample as they are, then some of 200 tokens each. The readers
take turns at each question; the p50 is over the questions asked one by one, and one row asks all of them in one call.
Quality: SQuAD 2's F1 of the first answer, which may be none, on SubjQA electronics (test), with the review asked about.
"""

import argparse
import json
import logging
import os
from collections import defaultdict
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

import torch
from haystack import Document
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader
from tokenizers import Tokenizer

from qa_system.eval.answers import f1, gold_texts
from qa_system.models import bundled_model
from qa_system.reading.reader import Reader
from qa_system.reading.style import styled
from qa_system.reading.traits import ModelTraits
from qa_system.samples import QUESTIONS, REVIEWS
from qa_system.sources import read_questions, read_reviews

SHARED = Path(os.environ.get("QA_TEST_SHARED", Path(__file__).parents[3] / "shared"))
LABELLED = SHARED / "data/subjqa/electronics/test.csv"
PASSAGES = 10
TOKENS = 200
PEER = "TransformersExtractiveReader"
FASTEST = "Reader, onnx-int8"


class Peer:
    """Haystack's reader, told the style as ours tells it to the model."""

    def __init__(self, folder):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.styles = ModelTraits.from_config(config).styles
        # As float32: it would run the float16 weights as saved, which takes 30 times longer on a CPU without float16.
        self.reader = TransformersExtractiveReader(str(folder), model_kwargs={"dtype": torch.float32})
        self.reader.warm_up()

    def run(self, query, documents):
        return self.reader.run(query=styled(query, "opinion", self.styles), documents=documents)


def questions_with_passages(count):
    reviews = defaultdict(list)
    for review in read_reviews(REVIEWS):
        reviews[review.meta["item_id"]].append(review)
    some = list(read_questions(QUESTIONS))[::10][:count]
    return [question.text for question in some], [reviews[question.item_id][:PASSAGES] for question in some]


def passages_of_equal_length(folder):
    text = " ".join(review.content for review in read_reviews(REVIEWS))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    cuts = [(offsets[first][0], offsets[first + TOKENS - 1][1]) for first in range(0, PASSAGES * TOKENS, TOKENS)]
    return [Document(content=text[start:end]) for start, end in cuts]


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


def seconds_at_once(reader, queries, documents):
    start = perf_counter()
    reader.run_batch(queries, documents)
    return [perf_counter() - start]


def print_speed(title, readers, queries, documents):
    seconds = seconds_by_reader(readers, queries, documents)
    seconds[f"{FASTEST}, {len(queries)} questions at once"] = seconds_at_once(readers[FASTEST], queries, documents)
    slowest, passages = sum(seconds[PEER]), sum(map(len, documents))
    print(f"{title:44}{'p50 ms':>10}{'passages/s':>12}{'ratio':>8}")
    for name, times in seconds.items():
        p50 = f"{median(times) * 1000:.0f}" if len(times) == len(queries) else ""
        print(f"  {name:42}{p50:>10}{passages / sum(times):12.1f}{slowest / sum(times):8.1f}", flush=True)


def print_quality(readers, count):
    questions = list(read_questions(LABELLED))[:count]
    answerable = [question.is_answerable for question in questions]
    print(f"{f'{len(questions)} questions, {sum(answerable)} with an answer':44}{'F1':>10}{'has answer':>12}")
    for name, reader in readers.items():
        scores = [f1(first_answer(reader, question), gold_texts(question)) for question in questions]
        with_answer = [score for score, has_answer in zip(scores, answerable, strict=True) if has_answer]
        print(f"  {name:42}{fmean(scores):10.3f}{fmean(with_answer):12.3f}", flush=True)


def first_answer(reader, question):
    return reader.run(query=question.text, documents=[Document(content=question.context)])["answers"][0].data or ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", type=Path, default=bundled_model("minilm-review-reader"), help="folder of the reader"
    )
    parser.add_argument("--questions", type=int, default=20, help="questions to measure the speed by")
    parser.add_argument("--labelled", type=int, default=358, help="questions to measure F1 by")
    options = parser.parse_args()
    readers = {PEER: Peer(options.model)}
    readers |= {
        f"Reader, {runtime}": Reader(options.model, runtime=runtime) for runtime in ("torch", "onnx", "onnx-int8")
    }
    by_batch = {
        f"{FASTEST}, {tokens} tokens a batch": Reader(options.model, runtime="onnx-int8", batch_tokens=tokens)
        for tokens in (256, 1024, 4096)
    }
    print(f"{options.model.name}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    queries, documents = questions_with_passages(options.questions)
    print_speed(f"{PASSAGES} passages of the sample", readers | by_batch, queries, documents)
    equal = [passages_of_equal_length(options.model)] * len(queries)
    print_speed(f"{PASSAGES} passages of {TOKENS} tokens", readers | by_batch, queries, equal)
    if options.labelled:
        print_quality(readers, options.labelled)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main()
