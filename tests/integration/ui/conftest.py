"""The page in a process of its own, as Streamlit's AppTest runs it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa_system import index, load_settings
from qa_system.samples import QUESTIONS, REVIEWS

testing = pytest.importorskip("streamlit.testing.v1", reason="the page needs Streamlit: pip install 'qa-system[ui]'")

PLAIN = {"indexing": {"vectors": False}}


@pytest.fixture(scope="session")
def plain_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled sample without vectors; not to be written to."""
    store = tmp_path_factory.mktemp("page") / "sample.qa"
    index(REVIEWS, store, questions=QUESTIONS, settings=load_settings(overrides=PLAIN))
    return store


@pytest.fixture
def store(plain_sample: Path, tmp_path: Path) -> Path:
    """The bundled sample, to be written to."""
    return Path(shutil.copytree(plain_sample, tmp_path / "stores" / "sample.qa"))


@pytest.fixture
def hostile_store(tmp_path: Path) -> Path:
    """Reviews whose texts, names and ids are written to break a page."""
    evil = "<script>alert(1)</script> **x** $y$ :smile: <img src=x onerror=alert(1)>"
    rows = [
        {"item_id": f"<i>{evil}", "review_id": f"r{number}{evil}", "item_name": evil, "category": f"{evil}{number % 2}",
         "rating": 4, "text": f"The bass is {evil} and really good, number {number}. " + "z" * 300}
        for number in range(4)
    ]  # fmt: skip
    source = tmp_path / "hostile.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    index(source, tmp_path / "hostile.qa", settings=load_settings(overrides=PLAIN))
    return tmp_path / "hostile.qa"


@pytest.fixture
def page(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Open the page on a store, as an address would: `page(store, item="HP-100", q="…")`."""
    import streamlit as st

    monkeypatch.chdir(tmp_path)

    def opened(store: Path, **parameters: str) -> "testing.AppTest":
        monkeypatch.setenv("QA_STORE__PATH", str(store))
        app = testing.AppTest.from_file(str(root / "ui/app.py"), default_timeout=120)
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    yield opened
    st.cache_data.clear()
