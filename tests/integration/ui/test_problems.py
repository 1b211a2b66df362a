"""What goes wrong says what happened and what to do, in the page, without a traceback."""

import json
import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from qa_system import index, load_settings
from qa_system.samples import REVIEWS

BASS = "Is the bass any good?"
PLAIN = {"indexing": {"vectors": False}}


def notice(app: Any) -> str:
    assert not app.exception
    shown = re.findall(r'<div class="qa-notice" role="alert">.*?</div>', "".join(part.value for part in app.html))
    assert len(shown) == 1
    assert "Traceback" not in shown[0]
    return unescape(re.sub(r"<[^>]+>", " ", shown[0]))


def answers(app: Any) -> int:
    return sum(part.value.count('class="qa-answer') for part in app.html)


def test_no_store(page: Callable, tmp_path: Path) -> None:
    app = page(tmp_path / "nothing.qa", q=BASS)
    assert "There is no store" in notice(app)
    assert "qa index SOURCE" in notice(app)
    app = page(tmp_path / "nothing.qa", tab="Add reviews")
    assert app.get("file_uploader")


def test_a_store_that_is_made_while_the_page_is_open(page: Callable, tmp_path: Path) -> None:
    store = tmp_path / "later.qa"
    app = page(store, item="HP-100", q=BASS)
    assert "There is no store" in notice(app)
    index(REVIEWS, store, settings=load_settings(overrides=PLAIN))
    assert answers(app.run())


def test_an_empty_store(page: Callable, store: Path) -> None:
    from qa_system import EmbeddedDocumentStore

    with EmbeddedDocumentStore.open(store) as documents:
        documents.delete_all_documents()
    app = page(store, q=BASS)
    assert "holds no reviews" in notice(app)
    assert "Add reviews" in notice(app)


def test_a_store_that_is_rebuilt_while_the_page_is_open(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    assert answers(app)
    shutil.rmtree(store)
    app.text_input(key="question").set_value("How long does the battery last?").run()
    assert re.search(r"holds no reviews|no store", notice(app))
    index(REVIEWS, store, settings=load_settings(overrides=PLAIN))
    assert answers(app.run())


def test_a_file_where_the_store_should_be(page: Callable, tmp_path: Path) -> None:
    (tmp_path / "file.qa").write_text("x")
    assert "is a file" in notice(page(tmp_path / "file.qa"))


def test_five_thousand_words(page: Callable, plain_sample: Path) -> None:
    said = notice(page(plain_sample, item="HP-100", q="why " * 5000))
    assert "5,000 words" in said
    assert "Ask it in a sentence" in said


def test_a_broken_model_folder(
    page: Callable, plain_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/config.json").write_text("{")
    monkeypatch.setenv("QA_READER__MODEL", str(tmp_path / "broken"))
    app = page(plain_sample, item="HP-100", q=BASS)
    assert "broken" in notice(app)
    assert any("qa-passage" in part.value for part in app.html)  # what was found is still shown


def test_a_wrong_setting(page: Callable, plain_sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_RETRIEVAL__TOP_K", "none")
    assert "retrieval.top_k" in notice(page(plain_sample))


def test_values_that_nobody_filters_by(page: Callable, tmp_path: Path) -> None:
    odd = [(10**400, 1e308, "many"), (1, -1e308, 2), (2, 0.5, True)]
    rows = [
        {"item_id": "A", "text": f"The bass is good, number {price}.", "price": price, "n": n, "x": x, "any": anything}
        for price, (n, x, anything) in enumerate(odd)
    ]
    (tmp_path / "odd.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    index(tmp_path / "odd.jsonl", tmp_path / "odd.qa", settings=load_settings(overrides=PLAIN))
    app = page(tmp_path / "odd.qa", item="A", q=BASS)
    assert not app.exception
    assert answers(app)
    filters = [slider for slider in app.sidebar.slider if not re.match("Passages|Answers", slider.label)]
    assert [(slider.label, slider.step) for slider in filters] == [("Price", 0.5)]
    assert not any("Something went wrong" in part.value for part in app.html)


def test_filters_that_fail_take_nothing_else_along(
    page: Callable, plain_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_system.ui import sidebar

    def fails(*_: object) -> None:
        raise ZeroDivisionError("<secret>")

    monkeypatch.setattr(sidebar, "facets", fails)
    app = page(plain_sample, item="HP-100", q=BASS)
    assert "Something went wrong" in notice(app)
    assert answers(app)


def test_what_nobody_thought_of(page: Callable, plain_sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qa_system.ui import products

    def fails(*_: object) -> None:
        raise ZeroDivisionError("<secret>")

    monkeypatch.setattr(products, "find", fails)
    said = notice(page(plain_sample, item="QQ-999"))
    assert "Something went wrong" in said
    assert "secret" not in said
