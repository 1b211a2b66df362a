"""A visitor's file: mapped by pointing, indexed in the background, asked at once."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from qa_system import QASystem

ROWS = [
    ("B1", "The hinge is solid and opens smoothly."),
    ("B1", "I like that the hinge is very solid."),
    ("B2", "Bad smell out of the box."),
]
CSV = "asin,words\n" + "".join(f'{item},"{text}"\n' for item, text in ROWS)
JSONL = "".join(json.dumps({"product": item, "review": text}) + "\n" for item, text in ROWS)


def uploaded(page: Callable, store: Path, name: str, content: bytes) -> Any:
    app = page(store, tab="Add reviews")
    app.get("file_uploader")[0].set_value((name, content, "text/plain")).run()
    assert not app.exception
    return app


def notices(app: Any) -> str:
    found = re.findall(r'<div class="qa-notice".*?</div>', "".join(part.value for part in app.html))
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(found)))


def button(app: Any, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def column_of(app: Any, field: str) -> Any:
    return next(box for box in app.tabs[1].selectbox if box.label == field)


def indexed(app: Any) -> Any:
    app.checkbox[0].uncheck()
    button(app, "Index it").click().run()
    app.session_state.job.wait()
    return app.run()


def test_columns_are_pointed_to_and_the_reviews_asked_at_once(page: Callable, store: Path) -> None:
    app = uploaded(page, store, "my hinges.csv", CSV.encode())
    assert column_of(app, "Product").value == "asin"  # its name suggests it
    assert button(app, "Index it").disabled
    assert "Which column is “The review”?" in notices(app)
    column_of(app, "The review").set_value("words").run()
    assert not button(app, "Index it").disabled
    app = indexed(app)
    assert any("3 reviews written" in part.value for part in app.html)
    button(app, "Ask them").click().run()
    app.text_input(key="question").set_value("How is the hinge?").run()
    assert app.selectbox(key="store").value == "my-hinges.qa"
    assert any("<mark>" in part.value and "hinge" in part.value for part in app.html)
    assert (store.parent / "my-hinges.qa").is_dir()


def test_jsonl_and_parquet(page: Callable, store: Path, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist([json.loads(line) for line in JSONL.splitlines()]), tmp_path / "x.parquet")
    for name, content in (("a.jsonl", JSONL.encode()), ("b.parquet", (tmp_path / "x.parquet").read_bytes())):
        indexed(uploaded(page, store, name, content))
        with QASystem.open(store.parent / f"{Path(name).stem}.qa") as qa:
            assert qa.items() == {"B1": 2, "B2": 1}


def test_rows_that_cannot_be_read_are_told_and_the_rest_goes_on(page: Callable, store: Path) -> None:
    app = indexed(uploaded(page, store, "broken.jsonl", JSONL.encode() + b"{not json\n"))
    assert "Row 4: not JSON" in notices(app)
    assert any("3 reviews written" in part.value for part in app.html)


def test_where_no_row_could_be_read_there_is_nothing_to_ask(page: Callable, store: Path) -> None:
    app = indexed(uploaded(page, store, "nothing.jsonl", b'{"product": "", "review": "x"}\n' * 3))
    assert "3 rows could not be read" in notices(app)
    assert "Ask them" not in [button.label for button in app.button]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("<b>x</b>.csv", b"\x00\x01\x02 binary", "<b>x</b>.csv"),
        ("twice.csv", b"a,a\n1,2\n", "more than one column named a"),
        ("cut.parquet", b"PAR1 and no more", "no readable Parquet file"),
    ],
)
def test_files_that_are_no_source(page: Callable, store: Path, name: str, content: bytes, said: str) -> None:
    app = uploaded(page, store, name, content)
    assert said in notices(app)
    assert "qa-upload-" not in notices(app)  # the visitor's name of the file, not ours
    assert "Index it" not in [button.label for button in app.button]


def test_a_csv_without_the_columns(page: Callable, store: Path) -> None:
    app = uploaded(page, store, "other.csv", b"colour,size\nred,3\n")
    assert "Which column is “The review” and which is “Product”?" in notices(app)
    assert button(app, "Index it").disabled


def test_the_first_upload_may_be_called_as_the_store_that_is_not_there_yet(page: Callable, tmp_path: Path) -> None:
    app = uploaded(page, tmp_path / "new" / "reviews.qa", "reviews.jsonl", JSONL.encode())
    assert not button(app, "Index it").disabled
    app = indexed(app)
    button(app, "Ask them").click().run()
    assert any("3 reviews of 2 products" in part.value for part in app.html)


def test_a_folder_that_is_no_store_is_not_written_to(page: Callable, store: Path) -> None:
    (store.parent / "mine.qa").mkdir()
    app = uploaded(page, store, "mine.jsonl", JSONL.encode())
    assert "The name mine.qa is taken" in notices(app)


def test_the_limit_says_how_to_raise_it(page: Callable, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_UI__MAX_UPLOAD_MB", "7")
    app = page(store, tab="Add reviews")
    assert "Up to 7 MB" in app.caption[0].value
    assert "ui.max_upload_mb" in app.caption[0].value


def test_a_server_may_take_none(page: Callable, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_UI__MAX_UPLOAD_MB", "0")
    app = page(store, tab="Add reviews")
    assert not app.get("file_uploader")
    assert "takes no reviews" in notices(app)


def test_nothing_of_an_upload_stays_behind(
    page: Callable, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    indexed(uploaded(page, store, "a.jsonl", JSONL.encode()))
    assert not list((tmp_path / "temporary").glob("qa-upload-*"))


def test_a_store_that_others_ask_is_not_written_to(page: Callable, store: Path) -> None:
    app = uploaded(page, store, "sample.jsonl", JSONL.encode())
    assert "The name sample.qa is taken" in notices(app)
    assert button(app, "Index it").disabled
    app.text_input(key=next(box.key for box in app.text_input if box.label == "Store")).set_value("mine").run()
    app = indexed(app)
    assert not button(app, "Index it").disabled  # one's own may be written to again
