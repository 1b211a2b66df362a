import numpy as np
import pytest
from haystack import Document, Pipeline

from qa_system.dense.encoder import Encoder
from qa_system.dense.files import FileVectors
from qa_system.dense.retriever import DenseRetriever
from qa_system.errors import ModelError, StoreError
from qa_system.indexing.embedding import embed_missing
from qa_system.stores.embedded import EmbeddedDocumentStore

SENTENCES = {
    "laptop": [
        "The battery lasts a whole working day.",
        "The keyboard feels cheap and rattles.",
        "The screen is bright enough to read outside.",
        "It arrived two weeks late in a torn box.",
        "The fan gets loud when I play games.",
        "Customer service never answered my mail.",
    ],
    "kettle": [
        "It boils a litre of water in three minutes.",
        "The handle becomes hot, I burned my fingers.",
        "After a month it started to leak at the bottom.",
        "The colour goes well with our kitchen.",
        "The cord is far too short.",
        "It switches off by itself, which is reassuring.",
    ],
}
LAPTOP = {"field": "meta.item_id", "operator": "==", "value": "laptop"}
GOOD = {"field": "meta.rating", "operator": ">=", "value": 4}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """12 sentences on two items, embedded by the bundled model."""
    store = EmbeddedDocumentStore(tmp_path_factory.mktemp("retriever") / "reviews.qa")
    documents = [
        Document(id=f"{item}{number}", content=text, meta={"item_id": item, "rating": number})
        for item, texts in SENTENCES.items()
        for number, text in enumerate(texts)
    ]
    store.write_documents(documents)
    embed_missing(store, FileVectors(store, store.path / "dense"), Encoder())
    return store


@pytest.fixture
def retriever(store):
    return DenseRetriever(store, store.path / "dense")


def found(retriever, query, **parameters):
    return [document.id for document in retriever.run(query, **parameters)["documents"]]


def test_encoder_gives_unit_vectors():
    for vectors in (Encoder().encode_queries(["a", "a long one " * 500]), Encoder().encode_passages(["", "b"])):
        assert vectors.dtype == np.float32
        assert vectors.shape == (2, 384)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_encoder_that_is_no_model_says_what_is_possible(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"no weights")

    with pytest.raises(ModelError, match="'minilm-review-encoder' is bundled"):
        Encoder(str(tmp_path)).encode_queries(["a"])


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("How long can I use it without charging?", "laptop0"),
        ("Is it noisy?", "laptop4"),
        ("Can one hurt oneself?", "kettle1"),
        ("Does it lose water?", "kettle2"),
    ],
)
def test_best_passage_shares_the_meaning_and_no_words(retriever, query, best):
    documents = retriever.run(query, top_k=3)["documents"]

    assert documents[0].id == best
    scores = [document.score for document in documents]
    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1 for score in scores)


def test_filters_are_exact(retriever):
    query = "Can one hurt oneself?"

    assert set(found(retriever, query, filters=LAPTOP)) == {f"laptop{number}" for number in range(6)}
    assert set(found(retriever, query, filters=GOOD)) == {"laptop4", "laptop5", "kettle4", "kettle5"}
    both = {"operator": "AND", "conditions": [LAPTOP, GOOD]}
    assert set(found(retriever, query, filters=both)) == {"laptop4", "laptop5"}
    assert found(retriever, query, filters={**LAPTOP, "value": "toaster"}) == []
    assert found(retriever, query, filters={**GOOD, "value": 9}) == []


def test_filters_of_the_run_take_the_place_of_the_component_s(store):
    retriever = DenseRetriever(store, store.path / "dense", filters=LAPTOP)

    assert set(found(retriever, "any")) == {f"laptop{number}" for number in range(6)}
    assert set(found(retriever, "any", filters=GOOD)) == {"laptop4", "laptop5", "kettle4", "kettle5"}


def test_an_empty_filter_lifts_the_component_s_own(store):
    retriever = DenseRetriever(store, store.path / "dense", filters=LAPTOP, top_k=12)

    assert len(found(retriever, "any")) == 6
    assert len(found(retriever, "any", filters={})) == 12


def test_only_the_passages_returned_are_read(store):
    asked = []

    class Watched(EmbeddedDocumentStore):
        def iter_documents(self, *arguments, **options):
            raise AssertionError("the documents that pass the filter are read")

        def get_documents_by_id(self, ids):
            asked.extend(ids)
            return super().get_documents_by_id(ids)

    retriever = DenseRetriever(Watched(store.path), store.path / "dense", top_k=2)

    assert found(retriever, "Can one hurt oneself?", filters=GOOD) == asked
    assert len(asked) == 2


@pytest.mark.parametrize("top_k", [0, 1, 12, 500])
def test_top_k_is_kept(retriever, top_k):
    assert len(found(retriever, "battery", top_k=top_k)) == min(top_k, 12)


def test_documents_deleted_from_the_store_do_not_shorten_the_result(tmp_path):
    texts = [text for texts in SENTENCES.values() for text in texts]
    store = EmbeddedDocumentStore(tmp_path / "reviews.qa")
    store.write_documents([Document(id=str(number), content=text) for number, text in enumerate(texts)])
    embed_missing(store, FileVectors(store, store.path / "dense"), Encoder())
    retriever = DenseRetriever(store, store.path / "dense", top_k=3)
    ranking = found(retriever, "Is it noisy?", top_k=12)

    store.delete_documents(ranking[:7])

    assert found(retriever, "Is it noisy?") == ranking[7:10]


def test_passages_embedded_later_are_found(tmp_path):
    store = EmbeddedDocumentStore(tmp_path / "reviews.qa")
    store.write_documents([Document(id="first", content="The fan is loud.")])
    embed_missing(store, FileVectors(store, store.path / "dense"), Encoder())
    retriever = DenseRetriever(store, store.path / "dense")
    assert found(retriever, "battery life") == ["first"]

    store.write_documents([Document(id="second", content="The battery lasts long.")])
    embed_missing(store, FileVectors(store, store.path / "dense"), Encoder())

    assert found(retriever, "battery life") == ["second", "first"]


def test_pipeline_is_the_same_after_yaml(store, retriever):
    pipeline = Pipeline()
    pipeline.add_component("dense", DenseRetriever(store, store.path / "dense", filters=LAPTOP, top_k=2))

    again = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"])

    query = {"dense": {"query": "Is it noisy?"}}
    assert again.dumps() == pipeline.dumps()
    assert again.run(query) == pipeline.run(query)


def test_index_says_which_encoder_made_it(store, retriever):
    retriever.warm_up()

    identity = Encoder().identity
    assert identity.query_model == "minilm-review-encoder"
    assert len(identity.query_weights) == 64
    with pytest.raises(StoreError, match="no dense index"):
        DenseRetriever(store, store.path / "elsewhere").warm_up()
