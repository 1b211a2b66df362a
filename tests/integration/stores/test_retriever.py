from pathlib import Path

import pytest
from haystack import Document, Pipeline

from qa_system.stores.embedded import EmbeddedDocumentStore
from qa_system.stores.retriever import BM25Retriever


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedDocumentStore:
    store = EmbeddedDocumentStore(tmp_path / "store", language="french")
    store.write_documents(
        [Document(id=f"{item}{i}", content=f"son {i}", meta={"item_id": item}) for item in "ab" for i in range(3)]
    )
    return store


def item(name: str) -> dict[str, str]:
    return {"field": "meta.item_id", "operator": "==", "value": name}


def test_a_pipeline_dumped_and_loaded_finds_the_same(store: EmbeddedDocumentStore) -> None:
    pipeline = Pipeline()
    pipeline.add_component("bm25", BM25Retriever(store, filters=item("a"), top_k=2))
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"])
    found = pipeline.run({"bm25": {"query": "sons"}})
    assert [document.meta["item_id"] for document in found["bm25"]["documents"]] == ["a", "a"]
    assert loaded.run({"bm25": {"query": "sons"}}) == found
    assert loaded.dumps() == pipeline.dumps()
    assert loaded.get_component("bm25").document_store.language == "french"


def test_an_empty_filter_lifts_the_component_s_own(store: EmbeddedDocumentStore) -> None:
    retriever = BM25Retriever(store, filters=item("a"))
    assert len(retriever.run("son")["documents"]) == 3
    assert len(retriever.run("son", filters={})["documents"]) == 6


def test_what_run_is_given_replaces_the_component_s_own(store: EmbeddedDocumentStore) -> None:
    retriever = BM25Retriever(store, filters=item("a"), top_k=2)
    found = retriever.run("son", filters=item("b"), top_k=1)["documents"]
    assert [document.meta["item_id"] for document in found] == ["b"]
    assert retriever.run("son", top_k=0) == {"documents": []}
    assert retriever.run("") == {"documents": []}
