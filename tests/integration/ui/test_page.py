"""The page's states and logic: what is shown for what was asked, and what the address holds."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from qa_system import QASystem
from qa_system.models import bundled_model

BASS = "Is the bass any good?"


def html(app: Any) -> str:
    assert not app.exception
    return "".join(part.value for part in app.html if not part.value.startswith("<style"))


def text(app: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html(app)))


def cards(app: Any) -> list[str]:
    return re.findall(r'<article class="qa-answer.*?</article>', html(app))


def notice(app: Any) -> str:
    (shown,) = re.findall(r'<div class="qa-notice".*?</div>', html(app))
    return unescape(re.sub(r"<[^>]+>", " ", shown))


def test_it_opens_with_questions_to_start_with(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample)
    assert "246 reviews of 15 products" in text(app)
    assert len(app.pills(key="examples").options) == 4
    assert not cards(app)


def test_an_example_is_asked_by_one_click(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100")
    example = re.sub("[\\\\\N{WORD JOINER}]", "", app.pills(key="examples").options[0])
    app.pills(key="examples").set_value(example).run()
    assert app.text_input(key="question").value == example
    assert cards(app)


def test_an_answer_is_marked_by_offset_in_its_review(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100")
    app.text_input(key="question").set_value(BASS).run()
    with QASystem.open(plain_sample) as qa:
        expected = qa.ask(BASS, item_id="HP-100", retriever="bm25")
    assert len(cards(app)) == len(expected.answers)
    for card, answer in zip(cards(app), expected.answers, strict=True):
        whole = re.findall(r'<p class="qa-text"><bdi>(.*?)</bdi></p>', card)[-1]
        before, _, rest = whole.partition("<mark>")
        assert len(unescape(before)) == answer.document_offset.start
        assert unescape(rest.partition("</mark>")[0]) == answer.data
        assert unescape(re.sub("</?mark>", "", whole)) == answer.document.content
        assert f"{answer.score:.0%}" in card
        assert answer.document.id in card
        assert "found by bm25 (#" in card
        assert "qa-stars" in card


def test_the_address_opens_an_answer_and_follows_what_is_asked(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q=BASS)
    assert cards(app)
    assert app.selectbox(key="product").value == "HP-100"
    app.selectbox(key="product").set_value("SP-200").run()
    assert dict(app.query_params) == {"item": "SP-200", "q": BASS}
    assert all("SP-200" in card for card in cards(app))
    app.selectbox(key="product").set_value(None).run()
    assert "item" not in app.query_params


def test_the_reviews_do_not_say(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q="Which planets can be seen from the cockpit?")
    shown = text(app)
    assert "The reviews don't say" in shown
    assert shown.index("The reviews don't say") < shown.index("The nearest passages")
    assert html(app).count('<article class="qa-passage">') == 5
    assert not cards(app)


def test_a_product_is_found_by_words_of_its_reviews(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="espresso", q="Is it loud?")
    assert "Which one?" in text(app)
    assert not app.text_input
    app.pills(key="found").set_value("KM-410").run()
    assert app.selectbox(key="product").value == "KM-410"
    assert dict(app.query_params) == {"item": "KM-410", "q": "Is it loud?"}
    assert app.text_input(key="question").value == "Is it loud?"


def test_a_product_that_is_not_listed_is_found_by_its_name(
    page: Callable, plain_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_system.ui import products

    with QASystem.open(plain_sample) as qa:
        last = list(qa.items())[-1]
        part = qa.reviews(last)[0].meta["item_name"].split()[0].upper()[1:-1]
        assert not qa.search(part, retriever="bm25")
    monkeypatch.setattr(products, "LISTED", 3)
    app = page(plain_sample, item=part)
    (found,) = app.pills(key="found").options
    assert last in re.sub("[\\\\\N{WORD JOINER}]", "", found)
    app.pills(key="found").set_value(last).run()
    assert app.selectbox(key="product").value == last


def test_an_item_without_reviews(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="QQ-999", q=BASS)
    assert "No product is called “QQ-999”" in notice(app)
    assert "clear the field" in notice(app)
    assert not cards(app)


def test_filters_are_those_of_the_metadata(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q=BASS)
    names = [widget.label for widget in (*app.sidebar.slider, *app.sidebar.date_input, *app.sidebar.multiselect)]
    assert {"Rating", "Date", "Category"} <= set(names)
    rating = next(slider for slider in app.sidebar.slider if slider.label == "Rating")
    rating.set_value((1.0, 2.0)).run()
    assert re.findall(r'aria-label="rated (.)"', html(app))
    assert set(re.findall(r'aria-label="rated (.)"', html(app))) <= {"1", "2"}


def test_filters_that_leave_nothing(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q=BASS)
    app.sidebar.multiselect[0].set_value(["kitchen"]).run()
    assert "No review speaks of it" in notice(app)


def test_two_ways_side_by_side(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q=BASS, compare="true", passages2="1")
    assert len(app.tabs[0].columns) == 2
    headings = re.findall(r'<h2 class="qa-heading">(auto, \d+ passages.*?)</h2>', html(app))
    assert [heading.split(",")[1].strip() for heading in headings] == ["10 passages", "1 passages"]
    assert text(app).count("Retrieval") == 2


def test_two_ways_that_are_the_same_each_have_their_time(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q=BASS, compare="true")
    assert text(app).count("Retrieval") == 2


def test_readers_of_the_same_name_are_told_apart(
    page: Callable, plain_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = bundled_model("minilm-review-reader")
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "reader").symlink_to(bundled)
    monkeypatch.setenv("QA_READER__MODEL", "old/reader")
    monkeypatch.setenv("QA_UI__READERS", '["new/reader"]')
    app = page(plain_sample, item="HP-100", q=BASS, compare="true", reader2="new/reader")
    headings = re.findall(r'<h2 class="qa-heading">auto, 10 passages, (.*?)</h2>', html(app))
    assert headings == ["old/reader", "new/reader"]


def test_a_store_with_vectors_is_asked_in_both_ways(page: Callable, sample_store: Path) -> None:
    app = page(sample_store, item="HP-100", q="Do they make my ears hurt?")
    assert set(app.selectbox(key="retriever").options) == {"auto", "hybrid", "bm25", "dense"}
    assert "dense (#" in html(app)
    assert "bm25 (#" in html(app)
    app.selectbox(key="retriever").set_value("dense").run()
    assert set(re.findall("found by ([a-z]+)", html(app))) == {"dense"}


def test_a_click_elsewhere_asks_nothing_anew(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample, item="HP-100", q=BASS)
    first = app.session_state["answer 0"]
    app.toggle(key="compare").set_value(True).run()
    assert app.session_state["answer 0"] is first
    app.button(key="asked").click().run()
    assert app.session_state["answer 0"] is not first


def test_visitors_do_not_see_each_other(page: Callable, plain_sample: Path) -> None:
    one, other = page(plain_sample, item="HP-100", q=BASS), page(plain_sample, item="ER-610", q="Is it good to read?")
    one.run()
    assert {"HP-100"} == set(re.findall(r"[A-Z]{2}-\d{3}", " ".join(cards(one))))
    assert {"ER-610"} == set(re.findall(r"[A-Z]{2}-\d{3}", " ".join(cards(other))))


@pytest.mark.parametrize("question", ["低音好不好", "هل الصوت جيد", "👍?", 'a AND (b OR "', "\\"])
def test_any_characters_may_be_asked(page: Callable, plain_sample: Path, question: str) -> None:
    app = page(plain_sample, item="HP-100", q=question)
    assert cards(app) or "The reviews don't say" in text(app) or "No review speaks of it" in notice(app)


def test_hostile_reviews_are_shown_as_text(page: Callable, hostile_store: Path) -> None:
    app = page(hostile_store, q="Is the <b>bass</b> **really** good?")
    assert cards(app) or "qa-passage" in html(app)
    assert "<script" not in html(app)
    assert "<img" not in html(app)
    assert not re.findall("<i>[^★<]", html(app))
    assert "&lt;script&gt;" in html(app)
    for pill in app.pills:
        assert not [option for option in pill.options if "**" in option or "$y$" in option or ":smile:" in option]


def test_no_tabs_content_is_made_that_is_not_open(page: Callable, plain_sample: Path) -> None:
    app = page(plain_sample)
    assert not app.get("file_uploader")
    assert not app.get("iframe")
