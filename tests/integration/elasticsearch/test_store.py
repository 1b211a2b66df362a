"""What the store does beyond Haystack's protocol: search, filters, lists, and the indices behind its name."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from haystack import Document, Pipeline
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.components.retrievers.elasticsearch import ElasticsearchBM25Retriever

from qa_system.errors import QueryError, StoreError
from qa_system.stores.elasticsearch.store import ElasticsearchStore
from qa_system.stores.retriever import BM25Retriever

REVIEWS = {
    "battery": "The battery lasts two days. Best battery I ever had.",
    "charger": "Charger broke after a week, and the batteries were flat.",
    "sound": "Great sound, but the bass is weak.",
    "dots": "Firmware v3.5 isn't out_yet.",
    "chinese": "电池很好 音质一般",
    "hebrew": "הסוללה מחזיקה מעמד יומיים",
    "russian": "Аккумулятор держит два дня",
    "emoji": "love it 👍🏽🔥",
    "french": "Très bon café à emporter",
    "surrogate": "broken \ud83d text",
}
MIXED = [
    {"item_id": "2021", "rating": 5, "verified": True, "date": "2020-01-02", "size": 4, "score": "A"},
    {
        "item_id": "2021-01-02",
        "rating": 4.5,
        "verified": False,
        "date": "2020-01-02T10:00",
        "size": "XL",
        "score": 3,
    },
    {"item_id": "c", "rating": 1, "date": "May 2021", "size": "4", "note": "text"},
    {"item_id": "c", "note": 7, "verified": "maybe", "content": "a column of this name", "tags": ["x", "y"]},
]
AGREE = [
    {"field": "meta.item_id", "operator": "==", "value": "2021"},
    {"field": "meta.item_id", "operator": "!=", "value": "c"},
    {"field": "meta.item_id", "operator": "in", "value": ["2021", "c", "nobody"]},
    {"field": "meta.item_id", "operator": "not in", "value": ["c"]},
    {"field": "meta.rating", "operator": ">=", "value": 4.5},
    {"field": "meta.rating", "operator": "==", "value": 5.0},
    {"field": "meta.rating", "operator": "in", "value": [1, 5]},
    {"field": "meta.rating", "operator": "==", "value": None},
    {"field": "meta.rating", "operator": "!=", "value": None},
    {"field": "meta.verified", "operator": "==", "value": True},
    {"field": "meta.size", "operator": "==", "value": "XL"},
    {"field": "meta.missing", "operator": "==", "value": "x"},
    {"field": "meta.missing", "operator": "!=", "value": "x"},
    {"field": "meta.missing", "operator": "==", "value": None},
    {"field": "meta.missing", "operator": ">", "value": 3},
    {"field": "meta.content", "operator": "==", "value": "a column of this name"},
    {"field": "id", "operator": "in", "value": ["0", "2", "x"]},
    {"operator": "OR", "conditions": []},
    {"operator": "AND", "conditions": []},
    {"operator": "NOT", "conditions": [{"field": "meta.rating", "operator": ">", "value": 2}]},
    {
        "operator": "OR",
        "conditions": [
            {"field": "meta.rating", "operator": "<", "value": 2},
            {
                "operator": "AND",
                "conditions": [
                    {"field": "meta.rating", "operator": ">", "value": 4},
                    {"field": "meta.rating", "operator": ">", "value": 4.6},
                ],
            },
        ],
    },
]


@pytest.fixture
def reviews(store: ElasticsearchStore) -> ElasticsearchStore:
    store.write_documents([Document(id=id_, content=text, meta={"item_id": id_}) for id_, text in REVIEWS.items()])
    return store


def test_words_find_reviews_in_any_script(reviews: ElasticsearchStore) -> None:
    expected = {
        "How long does the battery last?": "battery",
        "flat battery after a week": "charger",
        "BASS": "sound",
        "firmware 5": "dots",
        "isn": "dots",
        "out": "dots",
        "电池": "chinese",
        "הסוללה": "hebrew",
        "аккумулятор": "russian",
        "👍🏽": "emoji",
        "cafe tres": "french",
        "text broken\ud83d": "surrogate",
        "+bass -sound id:x ( * ~": "sound",
    }
    assert {query: reviews.bm25_retrieval(query)[0].id for query in expected} == expected
    assert [document.id for document in reviews.bm25_retrieval("batteries")] == ["battery", "charger"]


@pytest.mark.parametrize("query", ["", "?!…", "zzzunknown", "\0", "bettery"])
def test_nothing_is_found_without_a_known_word_nor_by_a_misspelt_one(reviews: ElasticsearchStore, query: str) -> None:
    assert reviews.bm25_retrieval(query) == []


def test_a_filter_neither_loses_results_nor_changes_scores(store: ElasticsearchStore) -> None:
    texts = ["good " * (number % 7 + 1) + "thing" for number in range(999)]
    store.write_documents(
        [Document(id=str(i), content=text, meta={"item_id": f"i{i % 50}"}) for i, text in enumerate(texts)]
    )
    item = {"field": "meta.item_id", "operator": "==", "value": "i7"}
    everything = {document.id: document.score for document in store.bm25_retrieval("good", top_k=10**6)}
    inside = {document.id: document.score for document in store.bm25_retrieval("good", filters=item, top_k=99)}
    assert len(everything) == 999
    assert inside == {id_: score for id_, score in everything.items() if int(id_) % 50 == 7}
    assert [len(store.bm25_retrieval("good", filters=item, top_k=k)) for k in (-1, 0, 1)] == [0, 0, 1]


def test_filters_mean_what_they_mean_in_memory(store: ElasticsearchStore) -> None:
    documents = [Document(id=str(number), content="text", meta=meta) for number, meta in enumerate(MIXED)]
    in_memory = InMemoryDocumentStore(shared=False)
    in_memory.write_documents(documents)
    store.write_documents(documents)
    for filters in AGREE:
        expected = sorted(document.id for document in in_memory.filter_documents(filters))
        assert sorted(store.ids_by_filter(filters)) == expected, filters
        assert store.count_documents_by_filter(filters) == len(expected)
        assert sorted(found.id for found in store.bm25_retrieval("text", filters=filters)) == expected


def test_dates_are_compared_to_the_moment(store: ElasticsearchStore) -> None:
    store.write_documents([Document(id=str(number), meta=meta) for number, meta in enumerate(MIXED)])

    def found(operator: str, value: str) -> list[str]:
        return sorted(store.ids_by_filter({"field": "meta.date", "operator": operator, "value": value}))

    assert found(">", "2020-01-02") == ["1"]
    assert found("<=", "2020-01-02") == ["0"]
    assert found("==", "2020-01-02") == ["0"]
    assert found(">=", "2020-01-02T12:00:00+02:00") == ["1"]
    assert found("==", "May 2021") == ["2"]


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"field": "meta.rating", "operator": ">", "value": "2020-01-01"}, "holds numbers"),
        ({"field": "meta.item_id", "operator": ">", "value": 3}, "holds text"),
        ({"field": "meta.rating", "operator": ">", "value": "three"}, "only where it is a date"),
        ({"field": "meta.rating", "operator": ">", "value": [1]}, "not \\[1\\]"),
        ({"field": "meta.tags", "operator": "==", "value": ["x", "y"]}, "by 'in'"),
        ({"field": "content", "operator": "==", "value": "text"}, "compare metadata"),
        ({"field": "id", "operator": "<", "value": "3"}, "equal or not"),
        ({"field": "meta.rating", "operator": "=", "value": 1}, "Unknown operator"),
    ],
)
def test_what_cannot_be_asked_is_explained(store: ElasticsearchStore, filters: dict, says: str) -> None:
    store.write_documents([Document(id=str(number), meta=meta) for number, meta in enumerate(MIXED)])
    with pytest.raises(QueryError, match=says):
        store.filter_documents(filters)


def test_documents_come_back_as_they_were_written(store: ElasticsearchStore) -> None:
    documents = [Document(id=str(number), content=f"text {number}", meta=meta) for number, meta in enumerate(MIXED)]
    store.write_documents(documents)
    assert sorted(store.filter_documents(), key=lambda document: document.id) == documents
    assert store.get_documents_by_id(["3", "unknown", "0"]) == [documents[3], documents[0]]
    assert store.get_metadata_fields_info() == {
        "item_id": {"type": "keyword"},
        "rating": {"type": "float"},
        "verified": {"type": "boolean"},
        "date": {"type": "keyword"},
        "size": {"type": "float"},
        "score": {"type": "keyword"},
        "note": {"type": "keyword"},
        "content": {"type": "keyword"},
        "tags": {"type": "keyword"},
    }
    assert store.count_by("size") == {4: 2, "XL": 1}, "text and number of the same spelling are one"
    assert store.count_by("meta.item_id", limit=1) == {"c": 2}


def test_columns_by_the_thousand_do_not_stop_the_index(store: ElasticsearchStore) -> None:
    store.write_documents([Document(id=f"{n}", meta={f"c{n}_{m}": "x" for m in range(60)}) for n in range(20)])
    assert store.count_documents() == 20
    assert 300 < len(store.get_metadata_fields_info()) < 1000


def test_more_documents_than_a_page_are_listed_as_they_were_at_the_start(make_store) -> None:
    store = make_store(shards=3)
    store.write_documents([Document(id=str(number)) for number in range(4500)])
    running = store.iter_documents()
    first = next(running)
    store.delete_all_documents()
    assert len({first.id, *(document.id for document in running)}) == 4500
    assert store.ids_by_filter() == []


def test_the_name_is_an_alias_of_a_version(store: ElasticsearchStore, cluster: str, index_name: str) -> None:
    store.write_documents([Document(id="1")])
    with Elasticsearch(cluster) as client:
        assert list(client.indices.get_alias(name=index_name)) == [f"{index_name}-000001"]
        [template] = client.indices.get_index_template(name=f"qa-system-{index_name}")["index_templates"]
        assert template["index_template"]["index_patterns"] == [f"{index_name}-0*"]


def test_shards_and_replicas_are_settings(make_store, cluster: str, index_name: str) -> None:
    make_store(shards=2, replicas=3).write_documents([Document(id="1")])
    with Elasticsearch(cluster) as client:
        [described] = client.indices.get_settings(index=index_name, flat_settings=True).values()
    assert described["settings"]["index.number_of_shards"] == "2"
    assert described["settings"]["index.auto_expand_replicas"] == "0-3"


def test_a_rebuild_is_searched_when_it_is_whole(make_store, cluster: str, index_name: str) -> None:
    store, reader = make_store(), make_store()
    store.write_documents([Document(id="old", content="old words")])
    with suppress(RuntimeError), store.rebuilding(), store.writing():
        store.write_documents([Document(id="half")], DuplicatePolicy.OVERWRITE)
        raise RuntimeError
    assert reader.ids_by_filter() == store.ids_by_filter() == ["old"]
    with store.rebuilding(), store.writing():
        assert store.ids_by_filter() == ["half"], "an interrupted rebuild is gone on with"
        store.write_documents([Document(id="new", content="new words")], DuplicatePolicy.OVERWRITE)
        assert reader.ids_by_filter() == ["old"]
    assert sorted(reader.ids_by_filter()) == ["half", "new"]
    with Elasticsearch(cluster) as client:
        assert list(client.indices.get(index=f"{index_name}-0*")) == [f"{index_name}-000002"]


def test_the_language_is_kept_and_a_new_one_refused(make_store) -> None:
    make_store(language="german").write_documents([Document(id="1", content="Die Lautsprecher klingen gut")])
    reopened = make_store()
    assert reopened.language == "german"
    assert [document.id for document in reopened.bm25_retrieval("klingt der Lautsprechern")] == ["1"]
    with pytest.raises(StoreError, match="'german', not 'french'"):
        make_store(language="french").write_documents([Document(id="2")])


def test_opening_what_is_not_there_says_how_to_make_it(cluster: str, index_name: str) -> None:
    with pytest.raises(StoreError, match=f"no index at {cluster}/{index_name}.*qa index SOURCE --store"):
        ElasticsearchStore.open(f"{cluster}/{index_name}")


def test_a_pipeline_dumped_and_loaded_finds_the_same_and_holds_no_secret(
    reviews: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTIC_API_KEY", "very-secret")
    pipeline = Pipeline()
    pipeline.add_component("bm25", BM25Retriever(reviews, top_k=2))
    text = pipeline.dumps()
    loaded = Pipeline.loads(text, allowed_modules=["qa_system.*"])
    assert loaded.run({"bm25": {"query": "battery"}}) == pipeline.run({"bm25": {"query": "battery"}})
    assert loaded.dumps() == text
    assert "very-secret" not in text
    assert "ELASTIC_API_KEY" in text


def test_the_integrations_own_retriever_reads_the_index(reviews: ElasticsearchStore) -> None:
    retriever = ElasticsearchBM25Retriever(document_store=reviews, fuzziness="0")
    item = {"field": "meta.item_id", "operator": "==", "value": "charger"}
    assert [found.id for found in retriever.run("batteries")["documents"]] == ["battery", "charger"]
    assert [found.id for found in retriever.run("batteries", filters=item)["documents"]] == ["charger"]


def test_nearest_vectors_are_found_within_the_filter(store: ElasticsearchStore) -> None:
    store.write_documents(
        [
            Document(id=f"{n}", content="x", meta={"item_id": f"i{n % 40}"}, embedding=[1.0, n / 10, 0.5])
            for n in range(400)
        ]
    )
    item = {"field": "meta.item_id", "operator": "==", "value": "i39"}
    found = store.knn_retrieval([1.0, 0.0, 0.5], filters=item, top_k=2)
    assert [document.id for document in found] == ["39", "79"]
    assert found[0].embedding is None
    assert "0" in {document.id for document in store.knn_retrieval([1.0, 0.0, 0.5], top_k=5)}


def test_what_the_cluster_refuses_is_named_and_kept_for_later(make_store, tmp_path: Path) -> None:
    store = make_store()
    store.write_documents([Document(id="1", meta={"maker": "A"})])
    odd = Document(id="odd", meta={"maker": {"name": "A"}})
    with pytest.raises(StoreError, match=r"refused 1 documents of .*'odd'.*maker"):
        store.write_documents([odd])
    with store.writing():
        store.write_documents([odd, Document(id="2", meta={"maker": "B"})], DuplicatePolicy.OVERWRITE)
    assert store.refused == 1
    assert sorted(store.ids_by_filter()) == ["1", "2"]
    [dead] = map(json.loads, (tmp_path / "dead.jsonl").read_text().splitlines())
    assert dead["action"]["_id"] == "odd"
    assert "maker" in json.dumps(dead["error"])
