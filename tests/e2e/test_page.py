"""From opening the page to a highlighted answer, and what people do around it, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from qa_system import QASystem, StoredLabel

if TYPE_CHECKING:
    from playwright.sync_api import Page

BASS = "Is the bass any good?"
ANSWERED = f"?item=HP-100&q={quote(BASS)}"
NARROW = {"width": 360, "height": 740}


def question(page: "Page"):
    return page.get_by_label("Question")


def labels(stores: Path, origin: str = "person") -> list[StoredLabel]:
    with QASystem.open(stores / "demo.qa") as qa:
        return list(qa.labels(origin=origin))


def test_from_opening_to_a_highlighted_answer(visit: Callable, screenshot: Callable) -> None:
    page = visit()
    page.get_by_text("246 reviews of 15 products").wait_for()
    page.get_by_role("radio").or_(page.locator("[data-testid=stButtonGroup] button")).first.wait_for()
    screenshot(page, "home")
    page = visit("?item=HP-100")
    question(page).fill(BASS)
    question(page).press("Enter")
    first = page.locator(".qa-first")
    first.wait_for()
    answer = first.locator(".qa-says").inner_text().strip("“”")
    assert first.locator("mark").first.inner_text() == answer
    assert re.search(r"\d\d%", first.locator(".qa-sure").inner_text())
    assert re.search(r"review\s+HP-100-\d\d", first.locator(".qa-source").inner_text())
    screenshot(page, "answer")


def test_the_whole_review_opens_in_place_and_closes_again(visit: Callable, screenshot: Callable) -> None:
    page = visit(f"?item=HP-100&q={quote('How long does the battery last?')}")  # a long review tells
    review = page.locator(".qa-answer details").first
    review.wait_for()
    assert not review.locator("p.qa-text").is_visible()
    review.locator("summary").press("Enter")  # by keyboard
    assert review.locator("p.qa-text mark").is_visible()
    assert not review.locator(".qa-snippet").is_visible()
    screenshot(page, "review")
    review.locator("summary").press("Enter")
    assert not review.locator("p.qa-text").is_visible()


def test_passages_come_before_answers(visit: Callable) -> None:
    """A busy browser may draw both at once, so what counts is what it was sent."""
    sent: list[bytes] = []
    page = visit("?item=HP-100")
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(frame)))
    page.reload()
    question(page).wait_for()
    sent.clear()  # the style sheet
    question(page).fill("Are they comfortable?")
    question(page).press("Enter")
    page.locator(".qa-first").wait_for()
    shown = (b"Reading 10 passages", b'<article class="qa-answer qa-first"')
    passages, answers = (next(number for number, frame in enumerate(sent) if words in frame) for words in shown)
    assert passages < answers


def test_the_reviews_do_not_say(visit: Callable, screenshot: Callable) -> None:
    page = visit(f"?item=HP-100&q={quote('Which planets can be seen from the cockpit?')}")
    page.get_by_text("The reviews don't say").wait_for()
    page.locator(".qa-passage").nth(4).wait_for()
    assert page.locator(".qa-passage").count() == 5
    screenshot(page, "abstention")


def test_two_ways_side_by_side(visit: Callable, screenshot: Callable) -> None:
    page = visit(f"{ANSWERED}&compare=true&passages2=2", viewport={"width": 1440, "height": 900})
    page.locator(".qa-first").nth(1).wait_for()
    left, right = (page.locator(".qa-first").nth(number).bounding_box() for number in range(2))
    assert abs(left["y"] - right["y"]) < 5
    assert right["x"] > left["x"] + left["width"] - 1
    screenshot(page, "comparison")


def test_an_answer_can_be_linked_and_gone_back_from(visit: Callable) -> None:
    page = visit("?item=HP-100")
    question(page).fill(BASS)
    question(page).press("Enter")
    page.locator(".qa-first").wait_for()
    address = page.url
    assert "item=HP-100" in address
    assert "q=Is" in address
    answer = page.locator(".qa-first .qa-says").inner_text()
    question(page).fill("How long does the battery last?")
    question(page).press("Enter")
    page.wait_for_function("old => document.querySelector('.qa-first .qa-says')?.innerText != old", arg=answer)
    linked = visit(address[address.index("?") :])
    assert linked.locator(".qa-first .qa-says").inner_text() == answer
    page.go_back()
    page.wait_for_function("old => document.querySelector('.qa-first .qa-says')?.innerText == old", arg=answer)
    page.wait_for_function("asked => document.querySelector('input[aria-label=Question]').value == asked", arg=BASS)


def test_feedback_is_kept(visit: Callable, stores: Path) -> None:
    page = visit(ANSWERED)
    page.locator("[data-testid=stFeedback] button").first.click()
    page.get_by_text("Thank you").wait_for()
    label = labels(stores)[-1]
    assert (label.verdict, label.question, label.item_id) == ("right", BASS, "HP-100")


def test_the_right_words_are_marked_by_keyboard(visit: Callable, screenshot: Callable, stores: Path) -> None:
    page = visit(f"?item=HP-100&q={quote('Which planets can be seen?')}")
    page.get_by_text("It answers: mark the words").first.click()
    review = page.get_by_label("The review: select the words that answer")
    review.wait_for()
    done = page.get_by_role("button", name="These words answer")
    assert done.is_disabled()
    review.press("Control+Home")
    for _ in range(8):
        review.press("Shift+ArrowRight")
    screenshot(page, "marking")
    done.click()
    page.get_by_text("Thank you").wait_for()
    label = labels(stores)[-1]
    assert (label.verdict, label.start) == ("marked", 0)
    assert label.text == review_text(stores, label)[: label.end]


def test_marks_count_characters_not_utf16(visit: Callable, stores: Path) -> None:
    page = visit(f"?store=hostile.qa&q={quote('How is the strap?')}")
    page.get_by_text(re.compile("Mark the right words|It answers")).first.click()
    review = page.get_by_label("The review: select the words that answer")
    review.wait_for()
    review.press("Control+End")
    for _ in range(len("ends here")):
        review.press("Shift+ArrowLeft")
    page.get_by_role("button", name="These words answer").click()
    page.get_by_text("Thank you").wait_for()
    with QASystem.open(stores / "hostile.qa") as qa:
        (label,) = qa.labels(origin="person")
    assert label.text == "ends here"


def review_text(stores: Path, label: StoredLabel) -> str:
    with QASystem.open(stores / "demo.qa") as qa:
        return next(review.content for review in qa.reviews(label.item_id) if review.id == label.review_id)


def test_hostile_reviews_are_text_in_the_browser_too(visit: Callable, stores: Path, screenshot: Callable) -> None:
    page = visit(f"?store=hostile.qa&q={quote('How is the <b>strap</b> **really** :smile: $x$?')}")
    page.locator(".qa-answer, .qa-abstention").first.wait_for()
    with QASystem.open(stores / "hostile.qa") as qa:
        texts = {review.content for review in qa.reviews("<b>H1")}
    shown = page.locator("p.qa-text").evaluate_all("all => all.map(one => one.textContent)")
    assert set(shown) <= texts
    assert shown
    assert page.locator(".qa-answer script, .qa-answer img, .qa-text b, .qa-passage img").count() == 0
    assert "taken" not in page.title()
    screenshot(page, "hostile")


def test_a_file_is_uploaded_mapped_and_asked(visit: Callable, screenshot: Callable, tmp_path: Path) -> None:
    file = tmp_path / "my <b>hinges.csv"
    rows = [f'H{number % 2},"The hinge is solid and quiet, number {number}."' for number in range(20)]
    file.write_text("\n".join(["asin,words", *rows]) + "\n", encoding="utf-8")
    page = visit("?tab=Add+reviews")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Which column is “The review”?").wait_for()
    screenshot(page, "upload")
    page.get_by_label("The review", exact=True).fill("words")
    page.get_by_label("The review", exact=True).press("Enter")
    page.get_by_text("Find what is said in other words").click()
    page.get_by_role("button", name="Index it").click()
    page.get_by_role("button", name="Ask them").click()
    question(page).fill("How is the hinge?")
    question(page).press("Enter")
    page.locator(".qa-first mark").first.wait_for()
    assert "store=my-b-hinges.qa" in page.url


def test_a_file_that_is_too_large_is_refused(visit: Callable, screenshot: Callable, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(b"text,item_id\n" + b"x" * 2_000_000)
    page = visit("?tab=Add+reviews")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text(re.compile("must be 1.* or smaller", re.IGNORECASE)).wait_for()
    assert page.get_by_text("ui.max_upload_mb").is_visible()
    screenshot(page, "too large")


def test_reports_run_no_scripts(visit: Callable, screenshot: Callable) -> None:
    page = visit("?tab=Evaluation")
    report = page.frame_locator("iframe")
    report.get_by_role("heading", name="Evaluation").wait_for()
    assert report.get_by_text("taken").count() == 0
    screenshot(page, "evaluation")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screens_light_and_dark(visit: Callable, screenshot: Callable, scheme: str) -> None:
    page = visit(ANSWERED, viewport=NARROW, color_scheme=scheme)
    page.locator(".qa-first").wait_for()
    screenshot(page, f"narrow {scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    widest = page.locator(".qa-answer").evaluate_all(
        "all => Math.max(...all.map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= NARROW["width"]
    assert page.locator(".stApp").evaluate("app => getComputedStyle(app).colorScheme") == scheme


def test_it_works_by_keyboard_alone(visit: Callable) -> None:
    page = visit("?item=HP-100")
    question(page).wait_for()
    page.locator(".qa-aspect").first.wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Question":
            break
    page.keyboard.type(BASS)
    page.keyboard.press("Enter")
    page.get_by_text("passages that were read").wait_for()
    page.get_by_text("Pros and cons").wait_for()  # the last; before it stands, the focus may be lost again
    focused = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.tagName"))
    assert "SUMMARY" in focused
    assert "BUTTON" in focused
