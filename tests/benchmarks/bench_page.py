"""
How quick the page is, as people see it in a browser: `python tests/benchmarks/bench_page.py [--questions 200]`.

`qa ui` runs in a process of its own, on items with 30 reviews; a headless Chromium opens it. Times are from the key
press to what is shown, and hold what the browser takes on the same cores. There is no peer: the bounds are those that
the project set itself.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from playwright.sync_api import Browser, Page, sync_playwright

from qa_system import index, load_settings, read_questions
from qa_system.samples import QUESTIONS, REVIEWS

REVIEWS_OF_ITEM = 30
PEOPLE = 10
OPENED = 5
MINUTE = 60_000


def main() -> None:
    """Print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--questions", type=int, default=200, help="questions that the memory is watched over")
    arguments.add_argument("--vectors", action="store_true", help="embed the reviews, and ask the hybrid retriever")
    said = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        settings = load_settings(overrides={"indexing": {"vectors": said.vectors}})
        index(items_of_thirty(folder), folder / "s.qa", settings=settings)
        server, address = serve(folder)
        try:
            browser = chromium(playwright)
            report("the page loads", "2 s", [load(browser, address) for _ in range(OPENED)])
            found, answered = ask(browser, address, texts()[: OPENED * 4])
            report("a question, to its passages", "200 ms", found)
            report("a question, to its answer", "1 s", answered)
            report(f"{PEOPLE} people at once, to the answer", "5 s", together(browser, address))
            watch_memory(server.pid, browser, address, said.questions)
            browser.close()
        finally:
            server.terminate()


def items_of_thirty(folder: Path) -> Path:
    """Write the sample's reviews as those of ten items with thirty reviews each."""
    rows = [json.loads(line) for line in REVIEWS.read_text(encoding="utf-8").splitlines()]
    many = [
        {**rows[(7 * item + number) % len(rows)], "item_id": f"I{item}", "item_name": f"Item {item}"}
        for item in range(PEOPLE)
        for number in range(REVIEWS_OF_ITEM)
    ]
    path = folder / "reviews.jsonl"
    path.write_text(
        "".join(json.dumps({**row, "review_id": str(n)}) + "\n" for n, row in enumerate(many)), encoding="utf-8"
    )
    return path


def texts() -> list[str]:
    """The sample's questions."""
    return [question.text for question in read_questions(QUESTIONS)]


def serve(folder: Path) -> tuple[subprocess.Popen, str]:
    """Start the page."""
    command = [sys.executable, "-m", "qa_system.cli", "ui", "--store", "s.qa"]
    server = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    return server, re.search(r"http://\S+", server.stdout.readline())[0]


def chromium(playwright) -> Browser:
    """Start the browser."""
    path = os.environ.get("QA_TEST_CHROMIUM") or shutil.which("chromium")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


def load(browser: Browser, address: str) -> float:
    """Open the page in a browser that has not seen it."""
    context = browser.new_context()
    page = context.new_page()
    started = perf_counter()
    page.goto(address)
    page.get_by_label("Question").wait_for(timeout=MINUTE)
    spent = perf_counter() - started
    context.close()
    return spent


def ask(browser: Browser, address: str, questions: list[str]) -> tuple[list[float], list[float]]:
    """Ask one question after the other; the first, which loads the reader, does not count."""
    page = browser.new_page()
    page.goto(f"{address}/?item=I0")
    box = page.get_by_label("Question")
    box.wait_for(timeout=MINUTE)
    times = [timed(page, question) for question in questions]
    return [found for found, _ in times[1:]], [answered for _, answered in times[1:]]


def timed(page: Page, question: str) -> tuple[float, float]:
    """Ask in an open page: seconds to the passages, and to the answer or the abstention."""
    begin(page, question)
    return finished(page)


def begin(page: Page, question: str) -> None:
    """Ask, and do not wait."""
    page.evaluate(WATCH)
    box = page.get_by_label("Question")
    box.fill(question)
    page.evaluate("window.asked = performance.now()")
    box.press("Enter")


def finished(page: Page) -> tuple[float, float]:
    """Wait for what was asked; the page itself has taken the times."""
    page.wait_for_function("window.answered", timeout=5 * MINUTE)
    return page.evaluate("[(window.found - window.asked) / 1000, (window.answered - window.asked) / 1000]")


WATCH = """() => {
    window.found = window.answered = null;
    if (window.watching) window.watching.disconnect();
    const old = new Set(document.querySelectorAll('.qa-passage, .qa-answer, .qa-abstention'));
    window.watching = new MutationObserver(() => {
        const fresh = (what) => [...document.querySelectorAll(what)].some(one => !old.has(one));
        if (!window.found && fresh('.qa-passage')) window.found = performance.now();
        if (!window.answered && fresh('.qa-answer, .qa-abstention')) window.answered = performance.now();
    });
    window.watching.observe(document.body, {childList: true, subtree: true});
}"""


def together(browser: Browser, address: str) -> list[float]:
    """Ten people, each with a product of their own, ask at the same moment, five times."""
    pages = [browser.new_context().new_page() for _ in range(PEOPLE)]
    for number, page in enumerate(pages):
        page.goto(f"{address}/?item=I{number}")
        page.get_by_label("Question").wait_for(timeout=5 * MINUTE)
    times = []
    for round_ in range(5):
        for page, question in zip(pages, texts()[round_ * PEOPLE :], strict=False):
            begin(page, question)
        times += [finished(page)[1] for page in pages]
        for number, page in enumerate(pages):
            sources = page.locator(".qa-source").all_text_contents()
            if others := [line for line in sources if f"Item {number}" not in line]:
                raise RuntimeError(f"who asked about item {number} was shown {others}")
    for page in pages:
        page.context.close()
    return times


def watch_memory(pid: int, browser: Browser, address: str, questions: int) -> None:
    """Print what the server holds as one visitor asks on."""
    page = browser.new_page()
    page.goto(f"{address}/?item=I0")
    page.get_by_label("Question").wait_for(timeout=MINUTE)
    asked = (texts() * (1 + questions // len(texts())))[:questions]
    print("memory of the server, MB:", megabytes(pid), end="", flush=True)
    for number, question in enumerate(asked, start=1):
        timed(page, f"{question} {number}")  # the number makes each another question
        if number % max(1, questions // 5) == 0:
            print(f"  after {number}: {megabytes(pid)}", end="", flush=True)
    print()


def megabytes(pid: int) -> int:
    """Resident memory of a process."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) // 1000


def report(name: str, bound: str, times: list[float]) -> None:
    """Print a line."""
    late = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    print(f"{name:36} p50 {median(times) * 1000:6.0f} ms   p95 {late * 1000:6.0f} ms   bound {bound}", flush=True)


if __name__ == "__main__":
    main()
