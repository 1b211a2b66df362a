"""BM25 search: words find reviews, in any script and any number, and filters lose no result."""

from pathlib import Path

import pytest
from haystack import Document
from hypothesis import given
from hypothesis import strategies as st

from qa_system.stores.embedded import EmbeddedDocumentStore

REVIEWS = {
    "battery": "The battery lasts two days. Best battery I ever had.",
    "charger": "Charger broke after a week, and the batteries were flat.",
    "sound": "Great sound, but the bass is weak.",
    "chinese": "电池很好 音质一般",
    "japanese": "バッテリーは長持ちします",
    "hebrew": "הסוללה מחזיקה מעמד יומיים",
    "arabic": "البطارية ممتازة جدا",
    "russian": "Аккумулятор держит два дня",
    "emoji": "love it 👍🏽🔥",
    "french": "Très bon café à emporter",
    "surrogate": "broken \ud83d text",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedDocumentStore:
    store = EmbeddedDocumentStore(tmp_path_factory.mktemp("search"))
    store.write_documents([Document(id=id_, content=text, meta={"item_id": id_}) for id_, text in REVIEWS.items()])
    return store


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("batteries", "battery"),
        ("How long does the battery last?", "battery"),
        ("BASS", "sound"),
        ("flat battery after a week", "charger"),
        ("电池", "chinese"),
        ("バッテリー", "japanese"),
        ("סוללה הסוללה", "hebrew"),
        ("البطارية", "arabic"),
        ("аккумулятор", "russian"),
        ("👍", "emoji"),
        ("cafe tres", "french"),
        ("text broken\ud83d", "surrogate"),
    ],
)
def test_the_expected_review_comes_first(store: EmbeddedDocumentStore, query: str, first: str) -> None:
    found = store.bm25_retrieval(query)
    assert found[0].id == first
    scores = [document.score for document in found]
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    assert all(score > 0 for score in scores)  # type: ignore[operator]


@pytest.mark.parametrize("query", ["", "   ", "?!…", "zzzunknown", "\0"])
def test_a_query_without_a_known_word_finds_nothing(store: EmbeddedDocumentStore, query: str) -> None:
    assert store.bm25_retrieval(query) == []
    assert store.bm25_retrieval(query, filters={"field": "meta.item_id", "operator": "!=", "value": "x"}) == []


def test_a_query_is_words_not_syntax(store: EmbeddedDocumentStore) -> None:
    plain = store.bm25_retrieval("battery bass id sound")
    assert store.bm25_retrieval('+battery -bass id:"sound" AND ( * ~ ^2 [')[: len(plain)][0] == plain[0]
    assert {document.id for document in store.bm25_retrieval("battery -bass")} == {"battery", "charger", "sound"}


def test_a_query_of_5000_words(store: EmbeddedDocumentStore) -> None:
    query = " ".join(f"word{number}" for number in range(5000)) + " bass"
    assert [document.id for document in store.bm25_retrieval(query)] == ["sound"]


@given(st.text(st.characters(), max_size=50))
def test_any_query_can_be_asked(store: EmbeddedDocumentStore, query: str) -> None:
    store.bm25_retrieval(query)


@pytest.mark.parametrize(("top_k", "count"), [(-1, 0), (0, 0), (1, 1), (2, 2), (10**12, 3)])
def test_top_k(store: EmbeddedDocumentStore, top_k: int, count: int) -> None:
    assert len(store.bm25_retrieval("battery bass", top_k=top_k)) == count


def test_repeating_a_word_changes_nothing(store: EmbeddedDocumentStore) -> None:
    assert store.bm25_retrieval("battery sound sound") == store.bm25_retrieval("sound battery")


def test_a_filter_neither_loses_results_nor_changes_scores(tmp_path: Path) -> None:
    store = EmbeddedDocumentStore(tmp_path / "store")
    documents = [
        Document(id=f"{i}", content="good " * (i % 7 + 1) + "thing", meta={"item_id": f"i{i % 100}", "rating": i % 5})
        for i in range(2000)
    ]
    store.write_documents(documents)
    everything = store.bm25_retrieval("good", top_k=2000)
    one_item = {"field": "meta.item_id", "operator": "==", "value": "i7"}
    in_item = store.bm25_retrieval("good", filters=one_item, top_k=20)
    assert len(in_item) == 20
    expected = {document.id: document.score for document in everything if document.meta["item_id"] == "i7"}
    assert {document.id: document.score for document in in_item} == pytest.approx(expected)
    both = {"operator": "AND", "conditions": [one_item, {"field": "meta.rating", "operator": ">=", "value": 3}]}
    assert store.bm25_retrieval("good", filters=both) == []  # i7 is always rated 7 % 5 == 2
    low = {"operator": "AND", "conditions": [one_item, {"field": "meta.rating", "operator": "<", "value": 3}]}
    assert len(store.bm25_retrieval("good", filters=low, top_k=50)) == 20


def test_another_language_stems_its_own_way_and_is_remembered(tmp_path: Path) -> None:
    EmbeddedDocumentStore(tmp_path / "store", language="german").write_documents(
        [Document(id="1", content="Die Lautsprecher klingen gut")]
    )
    reopened = EmbeddedDocumentStore.open(tmp_path / "store")
    assert reopened.language == "german"
    assert [document.id for document in reopened.bm25_retrieval("klingt der Lautsprechern")] == ["1"]
