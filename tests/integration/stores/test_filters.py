"""The store's filters mean exactly what Haystack's in-memory store means by them."""

import copy
from pathlib import Path
from typing import Any

import pytest
from haystack import Document
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.errors import FilterError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.errors import QueryError
from qa_system.stores.embedded import EmbeddedDocumentStore

# Few fields and values, so that generated filters and metadata meet; each value is there for a trap.
SCALARS: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 0.0, -0.0, 2.5, 2**53 + 1, float(2**53), 10**400, float("inf"), float("nan"),
    "", "1", "true", "good", "Good", "x" * 2_100, "a\0b", 'say "hi"', "\ud800", "?", "电池", "100",
    "2020-01-02", "2020-01-02T00:00:00", "2020-01-02T00:00:00Z", "2020-01-01T24:00", "2020-01-02 01:00+01:00",
    "2020-01-02x", "2020-13-99", "3 May 2021", "20200102", "1969-07-21",
]  # fmt: skip
KEYS = ["item_id", "rating", "n.d", "n", 'ключ "1"', ""]
LISTS = st.lists(st.sampled_from(SCALARS), max_size=3)
META = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(
        st.sampled_from(SCALARS),
        LISTS,
        st.dictionaries(st.sampled_from(["d", "e", ""]), st.one_of(st.sampled_from(SCALARS), LISTS), max_size=2),
    ),
    max_size=4,
)
FIELDS = st.sampled_from(
    [f"meta.{key}" for key in KEYS]
    + ["rating", "meta.n.e", "meta.n.d.x", "missing", "foo.bar", "id", "content", "embedding", "meta"]
)
EQUALITY = st.fixed_dictionaries(
    {
        "field": FIELDS,
        "operator": st.sampled_from(["==", "!="]),
        "value": st.one_of(st.sampled_from([*SCALARS, "id-1", "text"]), LISTS, st.just({"d": 1})),
    }
)
MEMBERSHIP = st.fixed_dictionaries({"field": FIELDS, "operator": st.sampled_from(["in", "not in"]), "value": LISTS})
ORDER = st.fixed_dictionaries(
    {
        "field": FIELDS,
        "operator": st.sampled_from([">", ">=", "<", "<="]),
        "value": st.one_of(st.sampled_from(SCALARS), LISTS),
    }
)
FILTERS = st.recursive(
    st.one_of(EQUALITY, MEMBERSHIP, ORDER),
    lambda inner: st.fixed_dictionaries(
        {"operator": st.sampled_from(["AND", "OR", "NOT"]), "conditions": st.lists(inner, max_size=3)}
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedDocumentStore:
    return EmbeddedDocumentStore(tmp_path_factory.mktemp("filters"))


def ids_or_refusal(store: Any, filters: dict[str, Any]) -> list[str] | str:
    try:
        return [document.id for document in store.filter_documents(filters)]
    except (FilterError, TypeError):
        return "refused"


@given(metas=st.lists(META, max_size=10), filters=st.lists(FILTERS, min_size=5, max_size=15))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_agree_with_the_in_memory_store(
    store: EmbeddedDocumentStore, metas: list[dict[str, Any]], filters: list[dict[str, Any]]
) -> None:
    documents = [Document(id=f"id-{i}", content="text" if i % 2 else None, meta=meta) for i, meta in enumerate(metas)]
    in_memory = InMemoryDocumentStore(shared=False)
    in_memory.write_documents(copy.deepcopy(documents))
    with store.writing():
        store.delete_all_documents()
        store.write_documents(documents)
    for condition in filters:
        expected = ids_or_refusal(in_memory, condition)
        assert ids_or_refusal(store, condition) == expected, condition
        if expected != "refused":
            assert store.ids_by_filter(condition) == expected
            assert store.count_documents_by_filter(condition) == len(expected)
            found = store.bm25_retrieval("text", filters=condition, top_k=100)
            assert {document.id for document in found} == {id_ for id_ in expected if int(id_[3:]) % 2}


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"field": "meta.a", "value": 1}, "lacks operator"),
        ({"conditions": []}, "lacks operator"),
        ({"operator": "AND"}, "lacks conditions"),
        ({"operator": "AND", "conditions": [{"operator": "==", "value": 1}]}, "Unknown operator '=='|lacks conditions"),
        ({"field": "meta.a", "operator": "=", "value": 1}, "Unknown operator '='.*==, !="),
        ({"operator": "XOR", "conditions": []}, "Unknown operator 'XOR'.*AND"),
        ({"field": "meta.a", "operator": "in", "value": "b"}, "takes a list, not 'b'"),
        ({"operator": "AND", "conditions": ["meta.a"]}, "is a dictionary, not 'meta.a'"),
        ({"operator": "AND", "conditions": 5}, "conditions are a list, not 5"),
        ({"item_id": "B1"}, "lacks operator and conditions"),
    ],
)
def test_a_malformed_filter_is_explained_even_on_an_empty_store(
    tmp_path: Path, filters: dict[str, Any], message: str
) -> None:
    empty = EmbeddedDocumentStore(tmp_path / "store")
    with pytest.raises(FilterError, match=message) as caught:
        empty.filter_documents(filters)
    assert isinstance(caught.value, QueryError)


def test_values_that_have_no_order_are_refused_with_the_filter_named(store: EmbeddedDocumentStore) -> None:
    with store.writing():
        store.delete_all_documents()
        store.write_documents([Document(content="a", meta={"rating": "five"})])
    with pytest.raises(QueryError, match=r"meta\.rating.*cannot be applied.*only comparable"):
        store.bm25_retrieval("a", filters={"field": "meta.rating", "operator": ">", "value": 3})


def test_values_of_deleted_documents_no_longer_count(store: EmbeddedDocumentStore) -> None:
    store.delete_all_documents()
    store.write_documents([Document(id="1", meta={"rating": "five"}), Document(id="2", meta={"rating": 5})])
    store.delete_documents(["1"])
    assert [d.id for d in store.filter_documents({"field": "meta.rating", "operator": ">", "value": 3})] == ["2"]
    assert store.count_by("rating") == {5: 1}
    assert store.get_metadata_fields_info() == {"rating": {"type": "int"}}
