"""An answer that the bundled generator writes, in a real browser."""

import re
from collections.abc import Callable
from urllib.parse import quote

WOBBLES = f"?item=DL-630&q={quote('Does it wobble?')}"


def test_a_written_answer_stands_with_the_reviews_that_support_it(visit: Callable, screenshot: Callable) -> None:
    page = visit(WOBBLES)
    page.locator(".qa-first").wait_for()
    page.get_by_role("tab", name="Written").click()
    answer = page.locator(".qa-written")
    answer.wait_for()
    assert re.search(r"support \d+%", answer.inner_text())
    cited = set(re.findall(r"\[(\d+)\]", answer.inner_text()))
    evidence = page.locator(".qa-cited")
    assert cited
    assert {re.search(r"\[(\d+)\]", text)[1] for text in evidence.all_inner_texts()} == cited
    assert page.locator("mark:visible").count() >= len(cited)
    assert page.locator(".qa-first:visible").count() == 0
    assert "kind=Written" in page.url
    screenshot(page, "written")


def test_a_written_answer_can_be_linked(visit: Callable) -> None:
    page = visit(f"{WOBBLES}&kind=Written")
    page.locator(".qa-written").wait_for()


def test_what_the_reviews_do_not_say_is_not_written(visit: Callable) -> None:
    page = visit(f"?item=HP-100&q={quote('Which planets can be seen from the cockpit?')}&kind=Written")
    page.get_by_text("The reviews don't say").wait_for()
    page.locator(".qa-passage").nth(4).wait_for()
    assert page.locator(".qa-written").count() == 0
