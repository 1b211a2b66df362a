"""Stores on the server that QA_TEST_ELASTICSEARCH_URL names; each test has an index of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

VARIABLE = "QA_TEST_ELASTICSEARCH_URL"


@pytest.fixture(scope="session")
def cluster() -> str:
    """URL of a server that may be written to."""
    url = os.environ.get(VARIABLE)
    if not url:
        pytest.skip(f"{VARIABLE} is not set; it names an Elasticsearch 8 server to test with, such as a local one")
    pytest.importorskip("haystack_integrations.document_stores.elasticsearch")
    return url


@pytest.fixture
def index_name(cluster: str) -> Iterator[str]:
    """Name of an index that is not there yet, and is deleted after the test."""
    from elasticsearch import Elasticsearch

    name = f"qa-test-{uuid4().hex[:12]}"
    yield name
    with Elasticsearch(cluster) as client:
        indices = list(client.indices.get(index=f"{name}*"))
        if indices:
            client.indices.delete(index=indices)
        client.options(ignore_status=404).indices.delete_index_template(name=f"qa-system-{name}*")


@pytest.fixture
def make_store(cluster: str, index_name: str, tmp_path: Path) -> Callable:
    """Make a store on the test's index, with settings of `ElasticsearchSettings`."""
    from qa_system.settings import ElasticsearchSettings
    from qa_system.stores.elasticsearch.store import ElasticsearchStore

    def make(url: str = cluster, *, language: str | None = None, **settings):
        given = {"index": index_name, "dead_letters": tmp_path / "dead.jsonl", "patience": 20, **settings}
        return ElasticsearchStore(
            url, path=tmp_path / "derived.qa", language=language, settings=ElasticsearchSettings(**given)
        )

    return make


@pytest.fixture
def store(make_store: Callable) -> Iterator:
    """An empty store."""
    with_defaults = make_store()
    yield with_defaults
    with_defaults.close()
