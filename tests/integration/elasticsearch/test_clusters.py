"""Servers that are killed, overloaded, or ask who is there; each test has a cluster of its own."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from qa_system import IndexReport, QASystem, StoreError, index, load_settings
from qa_system.settings import Settings
from qa_system.stores.elasticsearch.store import ElasticsearchStore

REVIEWS = 3_000
PASSWORD = "right-and-secret"


class Servers:
    """A cluster in a folder, by the script that starts Elasticsearch for tests."""

    def __init__(self, script: Path, data: Path) -> None:
        self._script, self._data = script, data

    def run(self, action: str, *options: str) -> str:
        command = [str(self._script), action, "--data", str(self._data), *options]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def start(self, *options: str) -> str:
        started = self._insist("stop", "start", "--port", "0", "--jvm=-XX:TieredStopAtLevel=1", *options)
        return ",".join(started.split())

    def restart(self, node: str) -> str:
        return self._insist("status", "restart", "--node", node)

    def _insist(self, between: str, action: str, *options: str) -> str:
        """
        Try again: on a busy machine the script takes a server that it has just made for another's, and gives up.

        What it has lost sight of runs on and keeps others from the folder.
        """
        for _ in range(3):
            with suppress(subprocess.CalledProcessError):
                return self.run(action, *options)
            with suppress(subprocess.CalledProcessError):
                self.run(between)
            if between == "stop":
                subprocess.run(["pkill", "-9", "-f", f"{self._data}/"], check=False)
        return self.run(action, *options)


@pytest.fixture
def servers(cluster: str, shared: Path, tmp_path: Path) -> Iterator[Servers]:
    script = shared / "elasticsearch" / "es"
    if not script.exists():
        pytest.skip(f"there is no {script}, which starts Elasticsearch for tests")
    started = Servers(script, tmp_path / "es")
    yield started
    started.run("stop")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [
        {"item_id": f"I{number % 50}", "review_id": f"R{number}", "text": f"Review {number}: the strap is fine."}
        for number in range(REVIEWS)
    ]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path / "r.jsonl"


def settings_for(urls: str, tmp_path: Path, **options: object) -> Settings:
    return load_settings(
        overrides={
            "store": {"url": urls, "path": tmp_path / "derived.qa"},
            "elasticsearch": {"dead_letters": tmp_path / "dead.jsonl", "timeout": 10, **options},
            "indexing": {"vectors": False, "batch_size": 200},
        }
    )


def once_at(reviews: int, strike: Callable[[], object]) -> Callable[[str, int, int | None], None]:
    """Something to be told of a job's progress, which does what it is given after so many reviews."""
    struck = threading.Event()

    def progress(stage: str, done: int, total: int | None) -> None:
        if done >= reviews and not struck.is_set():
            struck.set()
            strike()

    return progress


def assert_all_there(report: IndexReport, settings: Settings) -> None:
    with QASystem.open(settings=settings) as system:
        assert len(set(system.review_keys())) == system.store.count_documents() == REVIEWS
    assert (report.written, report.unchanged, report.refused) == (REVIEWS, 0, 0)


@pytest.mark.slow
def test_a_node_lost_in_the_middle_of_a_job_and_of_questions_loses_nothing(
    servers: Servers, source: Path, tmp_path: Path
) -> None:
    urls = servers.start("--nodes", "3")
    settings = settings_for(urls, tmp_path, shards=3, replicas=1)
    report = index(source, settings=settings, progress=once_at(1000, lambda: servers.run("kill", "--node", "2")))
    assert_all_there(report, settings)
    servers.restart("2")
    with QASystem.open(settings=settings) as system, ThreadPoolExecutor(4) as threads:
        system.store.client.cluster.health(wait_for_status="green", timeout="60s")  # each shard has its copy again
        asked = [
            threads.submit(system.search, "strap", item_id=f"I{number % 50}", retriever="bm25") for number in range(200)
        ]
        servers.run("kill", "--node", "3")
        assert [len(found.result()) for found in asked] == [10] * 200


@pytest.mark.slow
def test_a_server_killed_and_started_again_in_the_middle_of_a_job_loses_nothing(
    servers: Servers, source: Path, tmp_path: Path
) -> None:
    settings = settings_for(servers.start(), tmp_path)
    back = threading.Thread(target=servers.restart, args=("1",))

    def strike() -> None:
        servers.run("kill", "--node", "1")
        back.start()

    report = index(source, settings=settings, progress=once_at(1000, strike))
    back.join()
    assert_all_there(report, settings)


@pytest.mark.slow
def test_an_overloaded_server_that_asks_for_a_password(
    servers: Servers, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_queue = ("-E", "thread_pool.write.size=1", "-E", "thread_pool.write.queue_size=1")
    settings = settings_for(servers.start("--password", PASSWORD, *tiny_queue), tmp_path, workers=8, bulk_documents=20)
    store = ElasticsearchStore(settings.store.address, settings=settings.elasticsearch)
    with pytest.raises(StoreError, match=r"refuses the credentials.*ELASTIC_PASSWORD"):
        store.count_documents()
    monkeypatch.setenv("ELASTIC_PASSWORD", "wrong")
    with pytest.raises(StoreError, match="refuses the credentials") as error:
        index(source, settings=settings)
    assert "wrong" not in str(error.value)
    monkeypatch.setenv("ELASTIC_PASSWORD", PASSWORD)
    report = index(source, settings=settings)
    assert_all_there(report, settings)
    [node] = store.client.nodes.stats(metric="thread_pool")["nodes"].values()
    assert node["thread_pool"]["write"]["rejected"] > 0
    assert PASSWORD not in json.dumps(store.to_dict())
