"""Writes, deletes and updates agree with Haystack's in-memory store, and become visible together or not at all."""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from haystack import Document
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qa_system.errors import StoreError
from qa_system.stores.embedded import EmbeddedDocumentStore

IDS = [*"abcdef", "\0", "2020-01-02"]
DOCUMENTS = st.lists(
    st.builds(
        Document,
        id=st.sampled_from(IDS),
        content=st.sampled_from(["good", "bad", None]),
        meta=st.fixed_dictionaries({"rating": st.sampled_from([1, 2, 3]), "item_id": st.sampled_from(["x", "y"])}),
    ),
    max_size=4,
)
CONDITIONS = st.builds(
    lambda operator, value: {"field": "meta.rating", "operator": operator, "value": value},
    st.sampled_from(["==", "<", "!="]),
    st.sampled_from([1, 2, 3]),
)


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedDocumentStore:
    return EmbeddedDocumentStore(tmp_path / "store")


class AgreesWithTheInMemoryStore(RuleBasedStateMachine):
    """`model` is what is visible inside our own transaction; the store shows it after each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = EmbeddedDocumentStore(Path(self.folder.name) / "store")
        self.model = InMemoryDocumentStore(shared=False)

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(documents=DOCUMENTS, policy=st.sampled_from(DuplicatePolicy))
    def write(self, documents: list[Document], policy: DuplicatePolicy) -> None:
        ids = [document.id for document in documents]
        taken = len(set(ids)) < len(ids) or any(document.id in ids for document in self.model.filter_documents())
        if taken and policy in (DuplicatePolicy.FAIL, DuplicatePolicy.NONE):
            with pytest.raises(DuplicateDocumentError):
                self.store.write_documents(documents, policy)
            return
        written = self.store.write_documents(copy.deepcopy(documents), policy)
        assert written == self.model.write_documents(documents, policy)

    @rule(ids=st.lists(st.sampled_from(IDS), max_size=3))
    def delete(self, ids: list[str]) -> None:
        self.store.delete_documents(ids)
        self.model.delete_documents(ids)

    @rule(batches=st.lists(DOCUMENTS, max_size=3), ids=st.lists(st.sampled_from(IDS), max_size=3))
    def transaction(self, batches: list[list[Document]], ids: list[str]) -> None:
        with self.store.writing():
            for number, batch in enumerate(batches):
                policy = DuplicatePolicy.SKIP if number % 2 else DuplicatePolicy.OVERWRITE
                written = self.store.write_documents(copy.deepcopy(batch), policy)
                assert written == self.model.write_documents(batch, policy)
                self.store.delete_documents(ids)
                self.model.delete_documents(ids)

    @rule(documents=DOCUMENTS)
    def broken_transaction(self, documents: list[Document]) -> None:
        with suppress(ZeroDivisionError), self.store.writing():
            self.store.write_documents(documents, DuplicatePolicy.OVERWRITE)
            self.store.delete_all_documents()
            self.store.write_documents(documents, DuplicatePolicy.SKIP)
            raise ZeroDivisionError

    @rule(filters=CONDITIONS)
    def delete_by_filter(self, filters: dict[str, Any]) -> None:
        assert self.store.delete_by_filter(filters) == self.model.delete_by_filter(filters)

    @rule(filters=CONDITIONS, rating=st.sampled_from([1, 2, 3]))
    def update_by_filter(self, filters: dict[str, Any], rating: int) -> None:
        assert self.store.update_by_filter(filters, {"rating": rating}) == self.model.update_by_filter(
            filters, {"rating": rating}
        )

    @precondition(lambda self: self.model.count_documents() > 5)
    @rule()
    def delete_all(self) -> None:
        self.store.delete_all_documents()
        self.model.delete_all_documents()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = EmbeddedDocumentStore(self.store.path)

    @invariant()
    def same_documents_in_the_same_order(self) -> None:
        expected = self.model.filter_documents()
        assert self.store.filter_documents() == expected
        assert self.store.ids_by_filter() == [document.id for document in expected]
        assert list(self.store.iter_documents(batch_size=2)) == expected
        assert self.store.count_documents() == len(expected)
        assert self.store.get_documents_by_id([*IDS, "unknown"]) == sorted(expected, key=lambda d: IDS.index(d.id))

    @invariant()
    def same_statistics(self) -> None:
        for field in ("rating", "meta.item_id", "missing"):
            assert self.store.get_metadata_field_unique_values(field) == self.model.get_metadata_field_unique_values(
                field
            )
            assert self.store.get_metadata_field_min_max(field) == self.model.get_metadata_field_min_max(field)
        assert self.store.get_metadata_fields_info() == self.model.get_metadata_fields_info()


AgreesWithTheInMemoryStore.TestCase.settings = settings(max_examples=4, stateful_step_count=12)
TestAgreesWithTheInMemoryStore = AgreesWithTheInMemoryStore.TestCase


@given(
    st.builds(
        Document,
        id=st.text(st.characters(), min_size=1),
        content=st.none() | st.text(st.characters()),
        meta=st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists)),
        embedding=st.none() | st.lists(st.floats(allow_nan=False), min_size=1, max_size=3),
        sparse_embedding=st.none() | st.just(SparseEmbedding(indices=[1, 5], values=[0.1, 2.0])),
        blob=st.none() | st.builds(ByteStream, data=st.binary(), mime_type=st.sampled_from([None, "text/plain"])),
    )
)
@settings(max_examples=40)
def test_a_document_comes_back_as_it_was_written(document: Document) -> None:
    from qa_system.stores.codec import decode, decode_id, encode

    record = encode(document, 0)
    assert repr(decode(record).to_dict()) == repr(document.to_dict())
    assert decode_id(record) == document.id


def test_nothing_is_visible_before_the_end_of_the_block(store: EmbeddedDocumentStore) -> None:
    with store.writing():
        store.write_documents([Document(id="1")])
        with store.writing():
            store.write_documents([Document(id="2")])
        assert store.count_documents() == 0
    assert store.count_documents() == 2


def nothing(store: EmbeddedDocumentStore) -> None:
    with store.writing():
        pass


@pytest.mark.parametrize(
    "run",
    [
        nothing,
        lambda store: store.write_documents([]),
        lambda store: store.write_documents([Document(id="1", content="other")], DuplicatePolicy.SKIP),
        lambda store: store.delete_documents(["unknown"]),
        lambda store: store.delete_by_filter({"field": "meta.rating", "operator": ">", "value": 9}),
        lambda store: store.update_by_filter({"field": "meta.rating", "operator": ">", "value": 9}, {"seen": True}),
    ],
)
def test_what_changes_nothing_commits_nothing(
    store: EmbeddedDocumentStore, run: Callable[[EmbeddedDocumentStore], Any]
) -> None:
    store.write_documents([Document(id="1", meta={"rating": 5})])
    committed = (store.path / "documents" / "meta.json").stat()
    run(store)
    after = (store.path / "documents" / "meta.json").stat()
    assert (after.st_mtime_ns, after.st_ino) == (committed.st_mtime_ns, committed.st_ino)


def test_what_a_commit_inside_the_block_saved_is_not_committed_again(store: EmbeddedDocumentStore) -> None:
    with store.writing():
        store.write_documents([Document(id="1")])
        store.commit()
        committed = (store.path / "documents" / "meta.json").stat()
        assert store.count_documents() == 1
    assert (store.path / "documents" / "meta.json").stat().st_mtime_ns == committed.st_mtime_ns
    assert store.count_documents() == 1


def test_a_document_written_and_deleted_in_one_block_is_not_there(store: EmbeddedDocumentStore) -> None:
    with store.writing():
        store.write_documents([Document(id="1"), Document(id="2")])
        store.delete_documents(["1", "unknown"])
    assert store.ids_by_filter() == ["2"]


def test_an_interrupt_in_the_block_drops_all_of_it_and_lets_the_next_writer_in(store: EmbeddedDocumentStore) -> None:
    store.write_documents([Document(id="1")])
    with suppress(KeyboardInterrupt), store.writing():
        store.delete_all_documents()
        store.write_documents([Document(id=f"n{i}") for i in range(5000)])
        raise KeyboardInterrupt
    assert [document.id for document in store.filter_documents()] == ["1"]
    store.write_documents([Document(id="2")])
    assert store.count_documents() == 2


def test_a_batch_with_a_duplicate_inside_a_block_leaves_the_rest_of_the_block(store: EmbeddedDocumentStore) -> None:
    with store.writing():
        store.write_documents([Document(id="1")])
        with pytest.raises(DuplicateDocumentError):
            store.write_documents([Document(id="2"), Document(id="1")])
    assert [document.id for document in store.filter_documents()] == ["1"]


@pytest.mark.parametrize("meta", [{"a": object()}, {"a": {1, 2}}, {1: "a"}, {"k" * 3000: 1}, {"a": b"bytes"}])
def test_metadata_that_is_no_json_is_refused_with_the_document_named(
    store: EmbeddedDocumentStore, meta: dict[Any, Any]
) -> None:
    with pytest.raises(StoreError, match=r"Document 'odd' cannot be stored: .*Convert"):
        store.write_documents([Document(id="fine"), Document(id="odd", meta=meta)])
    assert store.count_documents() == 0


def test_opening_and_reading_make_no_folder(tmp_path: Path) -> None:
    store = EmbeddedDocumentStore(tmp_path / "new")
    assert store.filter_documents() == store.bm25_retrieval("word") == []
    assert store.count_by("item_id") == {}
    assert not (tmp_path / "new").exists()


def test_delete_all_leaves_the_files_of_others(store: EmbeddedDocumentStore) -> None:
    store.write_documents([Document(id="1")])
    dense = store.path / "dense" / "vectors"
    dense.parent.mkdir()
    dense.write_text("mine")
    store.delete_all_documents()
    assert dense.read_text() == "mine"
    assert sorted(entry.name for entry in store.path.iterdir()) == ["dense", "documents", "store.json"]


def test_documents_of_a_block_are_searched_after_it_by_a_store_opened_before(store: EmbeddedDocumentStore) -> None:
    reader = EmbeddedDocumentStore(store.path)
    assert reader.count_documents() == 0
    for number in range(3):
        store.write_documents([Document(content=f"word{number}")])
        assert len(reader.bm25_retrieval(f"word{number}")) == 1


def test_many_threads_read_while_one_writes(store: EmbeddedDocumentStore) -> None:
    def read(_: int) -> int:
        found = store.bm25_retrieval("good", filters={"field": "meta.even", "operator": "==", "value": True}, top_k=99)
        return len(found)

    with ThreadPoolExecutor(4) as threads:
        counts = threads.map(read, range(200))
        for batch in range(5):
            store.write_documents(
                [Document(id=f"{batch}-{i}", content="good", meta={"even": i % 2 == 0}) for i in range(10)]
            )
        assert set(counts) <= {0, 5, 10, 15, 20, 25}
    assert read(0) == 25


def test_a_run_through_the_documents_is_not_disturbed_by_writes(store: EmbeddedDocumentStore) -> None:
    store.write_documents([Document(id=str(i)) for i in range(10)])
    running = store.iter_documents(batch_size=3)
    next(running)
    store.delete_all_documents()
    assert len(list(running)) == 9


def test_many_distinct_items_are_counted(store: EmbeddedDocumentStore) -> None:
    store.write_documents([Document(id=f"{i}", meta={"item_id": f"B{i % 3000}", "tags": ["a"]}) for i in range(7000)])
    counts = store.count_by("item_id")
    assert len(counts) == 3000
    assert list(counts.items())[:2] == [("B0", 3), ("B1", 3)]
    assert store.count_by("meta.item_id", limit=1) == {"B0": 3}
    few = {"field": "meta.item_id", "operator": "in", "value": ["B2", "B2999"]}
    assert store.count_by("item_id", filters=few) == {"B2": 3, "B2999": 2}
    assert store.count_by("tags") == {'["a"]': 7000}
    assert store.count_by("missing") == {}
