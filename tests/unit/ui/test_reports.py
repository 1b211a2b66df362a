"""Reports are found where `qa eval` put them, and run nothing."""

from pathlib import Path

from qa_system.ui.reports import find_reports, without_scripts


def test_reports_of_a_folder_and_of_the_folders_in_it(tmp_path: Path) -> None:
    for name in ("pipeline.html", "books/retriever.html", "books/runs/deep.html", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(find_reports(tmp_path)) == ["books/retriever", "pipeline"]


def test_no_folder_no_reports(tmp_path: Path) -> None:
    assert find_reports(tmp_path / "nothing") == {}


def test_the_policy_comes_before_anything_a_report_could_run() -> None:
    page = without_scripts("<script>alert(1)</script>")
    assert page.index("default-src 'none'") < page.index("<script>")
    assert page.startswith("<!DOCTYPE html>")
