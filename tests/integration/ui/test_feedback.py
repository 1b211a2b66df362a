"""What a visitor says of an answer is a label in the store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qa_system import QASystem, StoredLabel

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
