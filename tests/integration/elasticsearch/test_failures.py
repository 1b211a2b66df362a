"""What goes wrong with a cluster or an index is said so that a user can act on it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from haystack import Document
from haystack.document_stores.types import DuplicatePolicy

from qa_system.errors import SettingsError, StoreError
from qa_system.stores.elasticsearch.store import ElasticsearchStore


@pytest.fixture
def old_server() -> Iterator[str]:
    """The greeting of a server of another version."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"version": {"number": "7.17.0"}, "tagline": "You Know, for Search"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("x-elastic-product", "Elasticsearch")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_of_another_version_is_named(old_server: str) -> None:
    with pytest.raises(StoreError, match=r"Elasticsearch 7\.17\.0.*speaks with 8\.x"):
        ElasticsearchStore(old_server).count_documents()


def test_an_unreachable_host_is_named_at_once() -> None:
    with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9/reviews cannot be reached"):
        ElasticsearchStore("http://127.0.0.1:9").count_documents()


def test_a_certificate_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = {"ca_certs": str(tmp_path / "none.pem")}
    with pytest.raises(StoreError, match=r"no certificate file .*none\.pem"):
        ElasticsearchStore("https://127.0.0.1:9", settings=settings).count_documents()


def test_an_index_of_another_version_is_refused(make_store, cluster: str, index_name: str) -> None:
    make_store().write_documents([Document(id="1")])
    with Elasticsearch(cluster) as client:
        described = {"format": 99, "language": "english", "created_by": "qa-system 9.9"}
        client.indices.put_mapping(index=index_name, meta={"qa_system": described})
    store = make_store()
    with pytest.raises(StoreError, match=r"format 99, made by qa-system 9\.9.*--reindex"):
        store.write_documents([Document(id="2")])
    with pytest.raises(StoreError, match="format 99"):
        ElasticsearchStore.open(store.address)


def test_an_index_of_somebody_else_is_left_alone(make_store, cluster: str, index_name: str) -> None:
    with Elasticsearch(cluster) as client:
        client.indices.create(index=index_name)
    with pytest.raises(StoreError, match="is an index, not an alias"):
        make_store().write_documents([Document(id="1")])


def test_a_read_only_index_is_told_from_a_busy_cluster(make_store, cluster: str, index_name: str) -> None:
    store = make_store(patience=60)
    store.write_documents([Document(id="1")])
    with Elasticsearch(cluster) as client:
        client.indices.put_settings(index=index_name, settings={"index.blocks.read_only_allow_delete": True})
        with pytest.raises(StoreError, match=r"is read-only.*watermark.*free space"):
            store.write_documents([Document(id="2")])
        with pytest.raises(StoreError, match="is read-only"):
            write_in_bulk(store)
        assert store.count_documents() == 1
        client.indices.put_settings(index=index_name, settings={"index.blocks.read_only_allow_delete": None})
    write_in_bulk(store)
    assert store.count_documents() == 501


def write_in_bulk(store: ElasticsearchStore) -> None:
    with store.writing():
        store.write_documents([Document(id=f"b{number}") for number in range(500)], DuplicatePolicy.OVERWRITE)


def test_a_mapping_conflict_leaves_out_what_conflicts_only(make_store, tmp_path: Path) -> None:
    store = make_store()
    store.write_documents([Document(id="0", meta={"maker": "A"})])
    with store.writing():
        mixed = [Document(id=str(n), meta={"maker": {"name": "A"} if n % 10 == 0 else "A"}) for n in range(1, 101)]
        store.write_documents(mixed, DuplicatePolicy.OVERWRITE)
    assert (store.refused, store.count_documents()) == (10, 91)
    dead = [json.loads(line)["action"]["_id"] for line in (tmp_path / "dead.jsonl").read_text().splitlines()]
    assert sorted(map(int, dead)) == list(range(10, 101, 10))


def test_two_jobs_that_bring_the_same_new_field_lose_nothing(make_store) -> None:
    store = make_store(bulk_documents=5, workers=8)
    with store.writing():
        documents = [Document(id=str(n), meta={f"new{n // 40}": n if n % 2 else f"text {n}"}) for n in range(400)]
        store.write_documents(documents, DuplicatePolicy.OVERWRITE)
    assert (store.refused, store.count_documents()) == (0, 400)


@pytest.mark.parametrize(
    "url",
    [
        "https://elastic:pw@es:9200",
        "https://elastic:p/pw@es",
        "https://elastic:p#pw@es",
        "https://elastic:p,pw@es",
        "ftp://x,https://u:pw@es",
        "https://es:9200/Reviews",
        "ftp://es",
        "https://:9200",
        "https://es:no",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as error:
        ElasticsearchStore(url)
    assert "pw" not in str(error.value).replace("password", "")
