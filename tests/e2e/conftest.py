"""The page as people meet it: `qa ui` in a process of its own, and a real browser in front of it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 120_000
"""Milliseconds; machines that run tests are busy."""

HOSTILE = (
    "The <b>strap</b> is <script>document.title = 'taken'</script> **really** good :smile: $x^2$ & &lt;i&gt;\n\n"
    "    indented [link](javascript:alert(1)) <img src=https://example.com/x.png onerror=alert(1)> 🎸 ends here"
)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need: pip install playwright")
    chromium = os.environ.get("QA_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("there is no chromium; install it, or set QA_TEST_CHROMIUM to its path")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundled sample, hostile reviews, and a report."""
    from qa_system import index, load_settings
    from qa_system.samples import QUESTIONS, REVIEWS

    folder = tmp_path_factory.mktemp("shop")
    plain = load_settings(overrides={"indexing": {"vectors": False}})
    index(REVIEWS, folder / "demo.qa", questions=QUESTIONS, settings=plain)
    rows = [{"item_id": "<b>H1", "review_id": f"r{n}", "item_name": ":smile: **H**", "text": HOSTILE} for n in range(2)]
    (folder / "hostile.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    index(folder / "hostile.jsonl", folder / "hostile.qa", settings=plain)
    (folder / "report").mkdir()
    (folder / "report/pipeline.html").write_text(
        "<h1>Evaluation</h1><script>document.body.innerHTML = 'taken'</script>"
    )
    return folder


@pytest.fixture(scope="session")
def address(stores: Path) -> Iterator[str]:
    """Where `qa ui` says that the page is."""
    pytest.importorskip("streamlit", reason="the page needs Streamlit: pip install 'qa-system[ui]'")
    command = [sys.executable, "-m", "qa_system.cli", "ui", "--store", "demo.qa"]
    environment = {**os.environ, "QA_UI__MAX_UPLOAD_MB": "1", "PYTHONUNBUFFERED": "1"}
    with (stores / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=stores, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        said = server.stdout.readline()
        assert "http://localhost:" in said, (stores / "log").read_text()
        yield said.split()[4]
    finally:
        server.terminate()
        server.wait()
    assert "Traceback" not in (stores / "log").read_text()


@pytest.fixture
def visit(browser: "Browser", address: str) -> Iterator[Callable]:
    """Open the page: `visit("?item=HP-100", color_scheme="dark")`. Nothing may leave the machine or fail in it."""
    contexts, left, errors = [], [], []

    def opened(query: str = "", **options: object) -> "Page":
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("request", lambda request: None if _is_local(request.url) else left.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        page.goto(f"{address}/{query}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert left == []
    assert errors == []


def _is_local(url: str) -> bool:
    return url.startswith(("http://localhost:", "ws://localhost:", "data:", "blob:", "about:"))


@pytest.fixture
def screenshot(tmp_path: Path) -> Callable:
    """Keep what the page looks like, in the folder that QA_TEST_SCREENSHOTS names."""
    folder = Path(os.environ.get("QA_TEST_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)

    def taken(page: "Page", name: str) -> None:
        page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}.png")

    return SimpleNamespace(take=taken, folder=folder).take
