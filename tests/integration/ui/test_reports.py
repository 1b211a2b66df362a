"""The evaluation tab."""

from collections.abc import Callable
from pathlib import Path

from qa_system.eval.report.html import html


def test_reports_are_opened_in_place(page: Callable, plain_sample: Path, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report/pipeline.html").write_text(html([]), encoding="utf-8")
    app = page(plain_sample, tab="Evaluation")
    assert not app.exception
    assert app.selectbox(key="report").options == ["pipeline"]
    (frame,) = app.get("iframe")
    assert "Evaluation" in frame.proto.srcdoc
    assert "default-src 'none'" in frame.proto.srcdoc


def test_where_there_are_none_the_page_says_how_to_make_one(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, tab="Evaluation")
    assert any("qa eval pipeline sample" in part.value for part in app.html)
