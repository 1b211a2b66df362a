"""
How fast passages are encoded on this machine, and how like float32, against sentence-transformers on the same weights.

    python tests/benchmarks/bench_encoder.py [--model FOLDER] [--passages N]

The passages are those that indexing cuts of the bundled sample and of SubjQA electronics (test). The ways take turns
at blocks as large as the embedding job's. Where others use the machine, processor time tells more than the clock.
"""

import argparse
import logging
import os
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from qa_system.dense.encoder import Encoder
from qa_system.dense.model_files import DEFAULT_MODEL, model_folder
from qa_system.indexing import passages as cutting
from qa_system.samples import REVIEWS
from qa_system.settings import IndexingSettings
from qa_system.sources import read_reviews

SHARED = Path(os.environ.get("QA_TEST_SHARED", Path(__file__).parents[3] / "shared"))
LABELLED = SHARED / "data/subjqa/electronics/test.csv"
PEER = "sentence-transformers, float32"
RUNTIMES = ("torch", "onnx", "onnx-int8")
BLOCK = 256


def passages_of(source, count):
    """Spread over the source, as neighbours are often of one item."""
    size = {"length": IndexingSettings().passage_chars, "overlap": IndexingSettings().passage_overlap}
    cuts = [
        passage.content
        for review in read_reviews(source)
        for passage in cutting.passages_of(review, source=str(source), **size)
    ]
    return list(dict.fromkeys(cuts))[:: max(1, len(cuts) // count)][:count]


def encodings(ways, passages):
    """Let every way encode every block in turn, so that what else the machine does slows all of them alike."""
    seconds = {name: np.zeros(2) for name in ways}
    vectors = {name: [] for name in ways}
    for encode in ways.values():
        encode(passages[:2])
    for start in range(0, len(passages), BLOCK):
        for name, encode in ways.items():
            before = np.array([perf_counter(), process_time()])
            vectors[name].append(encode(passages[start : start + BLOCK]))
            seconds[name] += np.array([perf_counter(), process_time()]) - before
    return seconds, {name: np.concatenate(blocks) for name, blocks in vectors.items()}


def report(title, ways, passages):
    seconds, vectors = encodings(ways, passages)
    print(f"{title:34}{'passages/s':>12}{'ratio':>8}{'CPU ratio':>11}{'cosine: mean':>14}{'min':>8}")
    for name, (clock, processor) in seconds.items():
        cosines = np.sum(vectors[name] * vectors[PEER], axis=1)
        ratio, of_processor = seconds[PEER] / (clock, processor)
        print(
            f"  {name:32}{len(passages) / clock:12.1f}{ratio:8.2f}{of_processor:11.2f}"
            f"{cosines.mean():14.4f}{cosines.min():8.4f}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder of the encoder")
    parser.add_argument("--passages", type=int, default=512, help="most passages of each source")
    options = parser.parse_args()
    model = SentenceTransformer(str(model_folder(options.model)), device="cpu", model_kwargs={"dtype": "float32"})
    ways = {PEER: lambda texts: model.encode_document(texts, normalize_embeddings=True, show_progress_bar=False)}
    ways |= {
        f"Encoder, {runtime}": Encoder(options.model, device="cpu", runtime=runtime).encode_passages
        for runtime in RUNTIMES
    }
    print(f"{options.model}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    for title, source in (("sample", REVIEWS), ("SubjQA electronics", LABELLED)):
        if source.exists():
            passages = passages_of(source, options.passages)
            report(f"{title}: {len(passages)} passages", ways, passages)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main()
