"""What a visitor says of an answer is a label in the store."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_system import QASystem, StoredLabel, index, load_settings

BASS = "Is the bass any good?"


def said(store: Path) -> list[StoredLabel]:
    with QASystem.open(store) as qa:
        return list(qa.labels(origin="person"))


def button(app: Any, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def test_a_thumb_up_is_a_label_of_the_shown_words(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    app.feedback[0].set_value(1).run()
    (label,) = said(store)
    (_, result) = app.session_state["answer 0"]
    best = result.answers[0]
    assert (label.verdict, label.question, label.item_id) == ("right", BASS, "HP-100")
    assert (label.review_id, label.start, label.end) == (best.document.id, *vars_of(best.document_offset))
    assert "label" in app.toast[0].value


def vars_of(span: Any) -> tuple[int, int]:
    return span.start, span.end


def test_a_click_is_kept_once(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    app.feedback[0].set_value(0).run()
    (first,) = said(store)
    app.run()
    app.toggle(key="compare").set_value(True).run()
    assert said(store) == [first]
    assert first.verdict == "wrong"


def test_a_judgement_is_changed_and_taken_back(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    app.feedback[0].set_value(0).run()
    app.feedback[0].set_value(1).run()
    assert [label.verdict for label in said(store)] == ["right"]
    app.feedback[0].set_value(None).run()
    assert said(store) == []
    assert "Taken back" in app.toast[0].value


def test_a_thumb_that_is_not_shown_for_a_while_is_not_taken_back(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    app.feedback[0].set_value(1).run()
    kept = said(store)
    app.text_input(key="question").set_value("How long does the battery last?").run()
    app.run()
    app.text_input(key="question").set_value(BASS).run()
    assert app.feedback[0].value == 1
    assert said(store) == kept


def test_that_nothing_answers_takes_a_thumb_up_back(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    app.feedback[0].set_value(1).run()
    button(app, "Not in this review").click().run()
    assert app.feedback[0].value is None
    assert [label.verdict for label in said(store)] == ["absent"]
    app.feedback[0].set_value(1).run()
    assert [label.verdict for label in said(store)] == ["right"]
    app.feedback[0].set_value(0).run()
    button(app, "Not in this review").click().run()
    assert app.feedback[0].value == 0  # that goes with it
    assert sorted(label.verdict for label in said(store)) == ["absent", "wrong"]


def test_each_visitor_has_a_vote(page: Callable, store: Path) -> None:
    for verdict in (1, 0):
        page(store, item="HP-100", q=BASS).feedback[0].set_value(verdict).run()
    first, second = said(store)
    assert (first.start, first.end, first.review_id) == (second.start, second.end, second.review_id)
    assert (first.verdict, second.verdict) == ("right", "wrong")


def test_a_thumb_belongs_to_one_store(page: Callable, store: Path) -> None:
    other = Path(shutil.copytree(store, store.parent / "other.qa"))
    app = page(store, item="HP-100", q=BASS)
    app.feedback[0].set_value(1).run()
    app.selectbox(key="store").set_value("other.qa").run()
    assert app.feedback[0].value is None
    app.feedback[0].set_value(1).run()
    assert [len(said(one)) for one in (store, other)] == [1, 1]


@pytest.mark.parametrize(
    "click", [lambda app: app.feedback[0].set_value(1), lambda app: button(app, "Not in this review").click()]
)
def test_a_review_that_changed_since_it_was_shown_is_not_judged(
    page: Callable, tmp_path: Path, click: Callable
) -> None:
    store, settings = tmp_path / "s.qa", load_settings(overrides={"indexing": {"vectors": False}})

    def stored(text: str) -> None:
        row = {"item_id": "A", "review_id": "R1", "text": text}
        (tmp_path / "reviews.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        index(tmp_path / "reviews.jsonl", store, settings=settings)

    stored("The bass is really good and deep.")
    app = page(store, item="A", q=BASS)
    stored("The bass is awfully bad and flat, I sent them back.")
    click(app).run()
    assert any("has changed since it was shown; ask again" in part.value for part in app.html)
    assert said(store) == []


def test_not_in_this_review(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    button(app, "Not in this review").click().run()
    (label,) = said(store)
    assert (label.verdict, label.start, label.end) == ("absent", None, None)


def test_an_answer_can_be_marked_where_the_reviews_are_said_not_to_say(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q="Which planets can be seen from the cockpit?")
    button(app, "It answers: mark the words").click().run()
    assert not app.exception
    assert any("planets" in part.value for part in app.text)
