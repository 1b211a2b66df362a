"""What all reviewers agree on, pros and cons, and two products on one question, in a real browser."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from qa_system.models import bundled_models

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

BUNDLED = "minilm-review-opinions"
BASS = "Is the bass any good?"
BATTERY = "How long does the battery last?"
NARROW = {"width": 360, "height": 740}

pytestmark = pytest.mark.skipif(
    BUNDLED not in bundled_models(), reason=f"{BUNDLED} is not bundled yet: qa train opinions makes it"
)


def asked(question: str, **more: str) -> str:
    return f"?item=HP-100&q={quote(question)}" + "".join(f"&{name}={quote(value)}" for name, value in more.items())


def agreed(page: "Page", count: int = 1) -> "Locator":
    """The consensus, once the page is made: what stands last is there."""
    page.get_by_text("Pros and cons").wait_for()
    verdicts = page.locator(".qa-consensus > .qa-says")
    verdicts.nth(count - 1).wait_for()
    return verdicts


def test_it_stands_above_the_answers_with_both_sides_and_a_bar(visit: Callable, screenshot: Callable) -> None:
    page = visit(asked(BASS))
    verdict = agreed(page)
    assert re.search(r"\(|says the one", verdict.inner_text())
    assert verdict.bounding_box()["y"] < page.locator(".qa-first").bounding_box()["y"]
    bar = page.locator(".qa-consensus .qa-bar")
    assert re.fullmatch(r"\d+ [a-z ]+(, \d+ [a-z ]+)*", bar.get_attribute("aria-label"))
    widths = bar.locator(".qa-part").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert sum(widths) == pytest.approx(bar.bounding_box()["width"], abs=3)
    edges = bar.locator(".qa-range").bounding_box()
    assert edges["x"] >= bar.bounding_box()["x"] - 1
    assert edges["x"] + edges["width"] <= bar.bounding_box()["x"] + bar.bounding_box()["width"] + 1
    assert page.locator(".qa-consensus .qa-quote mark").first.is_visible()
    screenshot(page, "consensus")


def test_the_answers_do_not_wait_for_it(visit: Callable) -> None:
    """What counts is what the browser was sent."""
    sent: list[bytes] = []
    page = visit("?item=HP-100")
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(frame)))
    page.reload()
    box = page.get_by_label("Question")
    page.locator(".qa-aspect").first.wait_for()  # the last
    sent.clear()
    box.fill("How is the sound?")
    box.press("Enter")
    agreed(page)
    answers, consensus = (
        next(number for number, frame in enumerate(sent) if words in frame)
        for words in (b'<article class="qa-answer qa-first"', b'<section class="qa-consensus">')
    )
    assert answers < consensus


def test_a_quote_opens_its_review_in_place_by_keyboard(visit: Callable, screenshot: Callable) -> None:
    page = visit(asked(BATTERY))
    agreed(page)
    review = page.locator(".qa-quote details.qa-review").first
    assert not review.locator("p.qa-text").is_visible()
    review.locator("summary").press("Enter")
    assert review.locator("p.qa-text mark").is_visible()
    assert not review.locator(".qa-snippet").is_visible()
    screenshot(page, "consensus review")


def test_pros_and_cons_open_to_their_quotes(visit: Callable, screenshot: Callable) -> None:
    page = visit("?item=HP-100")
    line = page.locator(".qa-aspect").first
    line.wait_for()
    assert re.search(r"\d+ (praise|complain)", line.inner_text())
    assert not line.locator(".qa-quote").first.is_visible()
    line.locator("summary").first.press("Enter")
    assert line.locator(".qa-quote mark").first.is_visible()
    screenshot(page, "pros and cons")


def test_two_products_side_by_side_are_in_the_address(visit: Callable, screenshot: Callable) -> None:
    page = visit(asked(BASS), viewport={"width": 1440, "height": 900})
    agreed(page)
    other = page.get_by_label("Another product")
    other.fill("SP-200")
    other.press("Enter")
    page.wait_for_url(re.compile("with=SP-200"))
    agreed(page, 2)
    left, right = (page.locator(".qa-consensus").nth(number).bounding_box() for number in range(2))
    assert abs(left["y"] - right["y"]) < 5
    assert right["x"] > left["x"] + left["width"] - 1
    page.locator(".qa-first").nth(1).wait_for()
    screenshot(page, "products compared")
    linked = visit(page.url[page.url.index("?") :], viewport={"width": 1440, "height": 900})
    said = [verdict.inner_text() for verdict in agreed(page, 2).all()]
    assert [verdict.inner_text() for verdict in agreed(linked, 2).all()] == said
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.qa-consensus > .qa-says').length == 1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screens_light_and_dark(visit: Callable, screenshot: Callable, scheme: str) -> None:
    page = visit(asked(BASS, **{"with": "SP-200", "summary": "true"}), viewport=NARROW, color_scheme=scheme)
    agreed(page, 2)
    page.locator(".qa-aspect").first.wait_for()
    screenshot(page, f"narrow consensus {scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    widest = page.locator(".qa-consensus, .qa-bar, .qa-summary").evaluate_all(
        "all => Math.max(...all.map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= NARROW["width"]
