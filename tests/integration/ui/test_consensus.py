"""What all reviewers agree on, pros and cons, and two products side by side, with the real store and reader."""

import re
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_system import QASystem, stance_words, verdict
from qa_system.aspects import summarizer
from qa_system.consensus import component
from qa_system.models import bundled_models
from qa_system.opinions.model import Aspect

BASS = "Is the bass any good?"
BUNDLED = "minilm-review-opinions"
ASPECT = re.compile(r"(?i)\b(?:bass|battery|sound|strap|headband|cable)\b")
GOOD = re.compile(r"(?i)\b(?:great|good|deep|rich|love|well)\b")
BAD = re.compile(r"(?i)\b(?:weak|bad|awful|thin|poor|disappoint\w*|no)\b")


class Words:
    """In the place of the model that tells opinions: knows some words."""

    def aspects(self, texts: Sequence[str]) -> list[list[Aspect]]:
        return [[Aspect(found.group(), *found.span(), 0.9) for found in ASPECT.finditer(text)] for text in texts]

    def polarities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        rows = [(len(GOOD.findall(text)), len(BAD.findall(text))) for _, text in pairs]
        told = [[0.1, 0.8, 0.1] if good == bad else [0.05, 0.1, 0.85][:: 1 if good > bad else -1] for good, bad in rows]
        return np.array(told, dtype=np.float32).reshape(-1, 3)


@pytest.fixture
def opinions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let opinions be told by words."""
    for module in (summarizer, component):
        monkeypatch.setattr(module, "OpinionModel", lambda *_, **__: Words())
    monkeypatch.setenv("QA_CONSENSUS__MODEL", str(tmp_path))  # a folder, which may hold a model: it is never read


def html(app: Any) -> str:
    assert not app.exception
    return "".join(part.value for part in app.html if not part.value.startswith("<style"))


def notices(app: Any) -> list[str]:
    return [unescape(found) for found in re.findall(r'<div class="qa-notice".*?</div>', html(app))]


@pytest.mark.usefixtures("opinions")
def test_it_stands_above_the_single_answers_and_comes_after_them(
    page: Callable, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_system.ui import render, render_consensus

    drawn: list[str] = []
    for module, name in ((render, "answer_card"), (render_consensus, "consensus_card")):
        draw = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *given, draw=draw, name=name, **options: drawn.append(name) or draw(*given, **options)
        )
    app = page(store, item="HP-100", q=BASS)
    shown, heard = html(app), app.session_state["agreed "]
    assert shown.index("qa-consensus") < shown.index("qa-first")
    assert drawn.index("answer_card") < drawn.index("consensus_card")
    assert unescape(re.findall(r'<p class="qa-says"><bdi>(.*?)</bdi>', shown)[0]).lower() == verdict(heard.consensus)
    (bar,) = re.findall(r'class="qa-bar" role="img" aria-label="(.*?)"', shown)
    assert bar == ", ".join(f"{side.support} {stance_words(side)}" for side in heard.consensus.sides)
    assert "Asking all reviewers" not in shown
    assert "Consensus" in shown  # among the times
    app.run()
    assert app.session_state["agreed "] is heard
    assert "qa-consensus" in html(app)
    app.button(key="asked").click().run()
    assert app.session_state["agreed "] is not heard
    app.toggle(key="agreement").set_value(False).run()
    assert "qa-consensus" not in html(app)
    assert "qa-first" in html(app)


@pytest.mark.usefixtures("opinions")
def test_each_quote_stands_in_its_review_at_its_place(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS)
    with QASystem.open(store) as qa:
        texts = {review.id: review.content for review in qa.reviews("HP-100")}
    quotes = re.findall(r'<article class="qa-quote">.*?</article>', html(app))
    assert quotes
    for quote in quotes:
        whole = re.findall(r'<p class="qa-text"><bdi>(.*?)</bdi></p>', quote)[-1]
        assert whole.count("<mark>") == 1
        assert unescape(re.sub("</?mark>", "", whole)) == texts[re.findall("review <bdi>(.*?)</bdi>", quote)[0]]


@pytest.mark.usefixtures("opinions")
def test_two_products_are_compared_on_one_question_and_the_address_says_so(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS, **{"with": "SP-200"})
    shown = html(app)
    assert app.selectbox(key="other").value == "SP-200"
    first, second = shown.split('<section class="qa-consensus">')[1:]
    assert "HP-100" in first[: first.index("</h2>")]
    assert "SP-200" in second[: second.index("</h2>")]
    cards = re.findall(r'<article class="qa-answer.*?</article>', shown)
    assert {name for card in cards for name in re.findall(r"review <bdi>(HP-100|SP-200)", card)} == {"HP-100", "SP-200"}
    assert shown.count("qa-first") == 2
    answered = app.session_state["answer 0"]
    app.selectbox(key="other").set_value("KM-410").run()
    assert dict(app.query_params) == {"item": "HP-100", "q": BASS, "with": "KM-410"}
    assert app.session_state["answer 0"] is answered
    app.selectbox(key="other").set_value(None).run()
    assert "with" not in app.query_params
    assert html(app).count('<section class="qa-consensus">') == 1


@pytest.mark.usefixtures("opinions")
@pytest.mark.parametrize(("other", "said"), [("HP-100", ""), ("QQ-999", "No product is called “QQ-999”")])
def test_what_cannot_be_compared(page: Callable, store: Path, other: str, said: str) -> None:
    app = page(store, item="HP-100", q=BASS, **{"with": other})
    assert html(app).count("qa-first") == 1
    assert [said in notice for notice in notices(app)] == [True] * bool(said)


@pytest.mark.usefixtures("opinions")
def test_pros_and_cons_are_open_until_something_is_asked(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100")
    assert '<details class="qa-aspect">' in html(app)
    assert "What its reviewers speak of" in html(app)
    assert "Summing up" not in html(app)
    app.text_input(key="question").set_value(BASS).run()
    assert "qa-aspect" not in html(app)
    assert [one.label for one in app.expander] == ["Pros and cons"]
    assert "qa-aspect" in html(page(store, item="HP-100", q=BASS, summary="true"))


def test_without_a_model_of_opinions_the_page_is_as_it_was(
    page: Callable, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_CONSENSUS__MODEL", "not-there")
    app = page(store, item="HP-100", q=BASS, **{"with": "SP-200"})
    assert html(app).count("qa-first") == 2
    assert "qa-consensus" not in html(app)
    assert "agreement" not in {toggle.key for toggle in app.toggle}
    assert not app.expander
    assert not notices(app)


def test_a_model_that_cannot_be_loaded_is_told_in_its_place(
    page: Callable, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    monkeypatch.setenv("QA_CONSENSUS__MODEL", str(tmp_path / "broken"))
    app = page(store, item="HP-100", q=BASS)
    (notice,) = notices(app)
    assert "broken" in notice
    assert "qa-first" in html(app)


@pytest.mark.usefixtures("opinions")
def test_all_products_together_agree_on_nothing_and_what_fails_is_told_once(page: Callable, store: Path) -> None:
    app = page(store, q=BASS)
    assert "qa-first" in html(app)
    assert "qa-consensus" not in html(app)
    app = page(store, item="HP-100", q="why " * 5000)
    assert len(notices(app)) == 1
    assert "qa-consensus" not in html(app)


@pytest.mark.usefixtures("opinions")
def test_hostile_reviews_are_shown_as_text(page: Callable, hostile_store: Path) -> None:
    with QASystem.open(hostile_store) as qa:
        (item,) = qa.items()
    app = page(hostile_store, item=item, q="Is the <b>bass</b> really good?", summary="true")
    assert "qa-quote" in html(app)
    assert "qa-summary" in html(app)
    for tag in ("<script", "<img", "<b>x", "<i>&lt;i"):
        assert tag not in html(app)


@pytest.mark.skipif(BUNDLED not in bundled_models(), reason=f"{BUNDLED} is not bundled yet: qa train opinions makes it")
def test_with_the_bundled_model(page: Callable, store: Path) -> None:
    app = page(store, item="HP-100", q=BASS, summary="true")
    assert app.session_state["agreed "].consensus.leading is not None
    assert "qa-aspect" in html(app)
    assert not notices(app)
