"""The `qa` command and the page, with the address of a cluster where a folder stood."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from qa_system.samples import QUESTIONS, REVIEWS

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)
MANY = 20_000
MEASURES = ("R@1", "R@5", "RR@5", "AP@5")


@pytest.fixture
def address(cluster: str, index_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of the test's index; what is derived from it goes into the test's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_STORE__PATH", str(tmp_path / "derived.qa"))
    return f"{cluster}/{index_name}"


@pytest.fixture
def indexed(qa: RunQA, address: str) -> str:
    """The bundled sample in the cluster, without vectors."""
    ran = qa("index", REVIEWS, "--questions", QUESTIONS, "--store", address, "--no-vectors")
    assert ran.code == 0, ran.err
    return address


def test_an_evaluation_measures_what_it_measures_on_the_embedded_store(qa: RunQA, indexed: str, tmp_path: Path) -> None:
    embedded = tmp_path / "embedded.qa"
    assert qa("index", REVIEWS, "--store", embedded, "--no-vectors").code == 0
    measured = []
    for name, store in (("cluster", indexed), ("embedded", embedded)):
        asked = ("eval", "retriever", "sample", "-r", "bm25", "--k", "1,5", "--store", store, "--out", tmp_path / name)
        ran = qa(*asked, "--json")
        assert ran.code == 0, ran.err
        measured.append(
            [run["measures"][measure]["value"] for run in json.loads(ran.out)["runs"] for measure in MEASURES]
        )
    assert measured[0] == pytest.approx(measured[1], abs=0.02)  # reviews of equal score come in another order


def test_the_doctor_looks_at_a_cluster(qa: RunQA, indexed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_STORE__URL", indexed)
    monkeypatch.setenv("QA_ELASTICSEARCH__VECTORS", "true")
    ran = qa("doctor")
    assert ran.code == 0, ran.out
    shown = " ".join(ran.out.split())  # where lines are broken depends on how long the address is
    assert f"{indexed}: 246 reviews of 15 items, 0 of" in shown
    assert "minilm-review-encoder" in shown or "384 dimensions" in shown


def test_the_page_opens_on_a_cluster(indexed: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    testing = pytest.importorskip("streamlit.testing.v1", reason="the page needs Streamlit")
    monkeypatch.setenv("QA_STORE__URL", indexed)
    app = testing.AppTest.from_file(str(root / "ui/app.py"), default_timeout=120)
    app.query_params["item"] = "HP-100"
    app.run()
    app.text_input(key="question").set_value("Is the bass any good?").run()
    assert not app.exception
    shown = "".join(part.value for part in app.html)
    assert "<mark>" in shown
    assert "246 reviews" in "".join(part.value for part in testing.AppTest.from_file(app._script_path).run().html)


def test_a_job_that_is_killed_goes_on_and_loses_nothing(qa: RunQA, cluster: str, address: str, tmp_path: Path) -> None:
    source = tmp_path / "many.jsonl"
    rows = ({"item_id": f"I{n % 99}", "review_id": f"R{n}", "text": f"Review {n}: a good strap."} for n in range(MANY))
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = [sys.executable, "-m", "qa_system.cli", "index", source, "--store", address, "--no-vectors"]
    index_name = address.rpartition("/")[2]
    with Elasticsearch(cluster) as client, subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as job:
        while (taken := documents_taken(client, index_name)) < 1_000:
            assert job.poll() is None
            time.sleep(0.02)
        job.send_signal(signal.SIGKILL)
        job.wait()
    ran = qa("index", source, "--store", address, "--no-vectors", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["unchanged"] >= taken
    assert (report["written"] + report["unchanged"], report["replaced"]) == (MANY, 0)
    with Elasticsearch(cluster) as client:
        assert client.count(index=index_name)["count"] == MANY


def documents_taken(client: Elasticsearch, index_name: str) -> int:
    taken = client.indices.stats(index=f"{index_name}*", metric="indexing")["_all"]["primaries"]
    return taken.get("indexing", {}).get("index_total", 0)
