import json

import numpy as np
import pytest

from qa_system.dense import kinds
from qa_system.dense.derived import Derived
from qa_system.dense.files import FileVectors
from qa_system.indexing.embedding import embed_missing
from qa_system.samples import QUESTIONS


@pytest.fixture
def embedded(store, hash_encoder, monkeypatch):
    """The store with the vectors of its 120 passages, of so few of which nothing else would be built."""
    monkeypatch.setattr(kinds, "FEWEST", 100)
    embed_missing(store, FileVectors(store, store.path / "dense"), hash_encoder())
    return store.path


def test_table_names_the_kind_that_is_used_from_now_on(qa, embedded):
    ran = qa("tune", "dense", "--store", embedded, "--kind", "ivf", "--kind", "hnsw", "--recall", "0.5")

    assert ran.code == 0
    assert [line.split("|")[1].strip() for line in ran.out.splitlines() if line.startswith("|")][2:] == [
        "flat",
        "ivf",
        "hnsw",
    ]
    chosen = Derived.load(embedded / "dense")
    assert chosen.chosen
    assert f"{chosen.kind} is used from now on" in ran.out


def test_dry_run_chooses_nothing_and_speaks_to_programs(qa, embedded):
    ran = qa("tune", "dense", "--store", embedded, "--kind", "ivf", "--dry-run", "--json", "--sample", "20", "--k", "3")

    told = json.loads(ran.out)
    assert [one["kind"] for one in told["measured"]] == ["flat", "ivf"]
    assert not told["applied"]
    assert told["best"] in told["measured"]
    assert not list((embedded / "dense").glob("approximate*"))


def test_store_without_vectors_says_so(qa, store):
    ran = qa("tune", "dense", "--store", store.path)

    assert ran.code == 4
    assert "There is no dense index" in ran.err


def test_questions_are_encoded_as_they_will_be_asked(qa, embedded, tmp_path, monkeypatch):
    asked = []

    class Encoder:
        def encode_queries(self, texts):
            asked.extend(texts)
            return np.random.default_rng(0).normal(size=(len(texts), 8)).astype(np.float32)

    monkeypatch.setattr("qa_system.dense.vectors.encoder_of", lambda *_: Encoder())

    ran = qa("tune", "dense", "--store", embedded, "--kind", "ivf", "--questions", QUESTIONS, "--sample", "7", "--json")

    assert ran.code == 0, ran.err
    assert len(asked) == len(set(asked)) == 7
