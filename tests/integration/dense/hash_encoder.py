"""
An encoder without a model, for tests of the embedding job; and that job as a program that can be killed.

`python hash_encoder.py STORE INDEX SECONDS PROCESSES` embeds a store and takes so many seconds for each block.
"""

import sys
import time
from hashlib import sha256

import numpy as np

from qa_system.dense.manifest import EncoderIdentity

DIMENSION = 8


class HashEncoder:
    """Vectors drawn at random, seeded by the text."""

    identity = EncoderIdentity("hash", "hash", "0" * 64, "0" * 64)
    dimension = DIMENSION

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.blocks = []

    def encode_passages(self, texts):
        time.sleep(self.seconds)
        self.blocks.append(list(texts))
        drawn = np.stack([self._draw(text) for text in texts])
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)

    @staticmethod
    def _draw(text):
        seed = int.from_bytes(sha256(text.encode()).digest()[:8], "little")
        return np.random.default_rng(seed).normal(size=DIMENSION)


if __name__ == "__main__":
    from qa_system.dense.files import FileVectors
    from qa_system.indexing.embedding import embed_missing
    from qa_system.stores.embedded import EmbeddedDocumentStore

    store, index, seconds, processes = sys.argv[1:]
    documents, encoder = EmbeddedDocumentStore.open(store), HashEncoder(float(seconds))
    embed_missing(documents, FileVectors(documents, index), encoder, batch_size=10, processes=int(processes))
