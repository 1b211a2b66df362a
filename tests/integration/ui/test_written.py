"""The tab with written answers: the draft while it comes, what is left of it, and the reviews that support it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BASS = "Is the bass any good?"
EVIL = "<script>alert(1)</script> ![x](https://evil.example/x.png) :smile: $x$"


@pytest.fixture
def written(page: Callable, plain_sample: Path, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Open the tab on the sample, with an endpoint to write, and the question asked."""
    for name, value in endpoint.settings.items():
        monkeypatch.setenv(f"QA_LLM__{name.upper()}", str(value))
    monkeypatch.setenv("QA_GENERATION__GENERATOR", "llm")
    monkeypatch.setenv("QA_RAG__MODEL", str(plain_sample))  # a folder, which may hold a model: it is never asked
    return lambda **parameters: page(plain_sample, item="HP-100", q=BASS, kind="Written", **parameters)


def quoting(user: str) -> str:
    quotes = (f"{text.split('.')[0]} [{n}]." for n, text in re.findall(r'number="(\d+)">(.*?)</review>', user))
    return " ".join(quotes) + f" It can fly [1]. {EVIL}"


def html(app: Any) -> str:
    assert not app.exception
    return "".join(part.value for part in app.html if not part.value.startswith("<style"))


def test_an_answer_stands_with_its_citations_and_their_reviews(written: Callable, endpoint: Any) -> None:
    endpoint.says = quoting
    shown = html(written())
    (answer,) = re.findall(r'<article class="qa-written">.*?</article>', shown)
    (withheld,) = re.findall(r'<div class="qa-withheld">.*?</div>', shown)
    evidence = re.findall(r'<p class="qa-cited">.*?\[(\d+)\].*?</article>', shown)
    assert set(re.findall(r"\[(\d+)\]", answer)) == set(evidence)
    assert "bass" in answer
    assert re.search(r"support \d+%", answer)
    assert "It can fly" in withheld
    assert "It can fly" not in answer
    assert "<mark>" in shown
    assert "qa-draft" not in shown


def test_what_a_model_writes_is_shown_as_text(written: Callable, endpoint: Any) -> None:
    endpoint.says = quoting
    app = written()
    assert "&lt;script&gt;" in html(app)
    assert "<script" not in html(app)
    assert "<img" not in html(app)
    assert not [one for one in app.markdown if "evil" in one.value]


def test_where_nothing_is_supported_the_reviews_do_not_say(written: Callable, endpoint: Any) -> None:
    endpoint.says = "It can fly [1]. It floats [77]."
    shown = html(written())
    assert "The reviews don&#x27;t say" in shown
    assert "Citations of passages that do not exist: 1" in shown
    assert shown.count('<article class="qa-passage">') == 5
    assert "qa-written" not in shown


def test_the_kind_of_answer_is_a_tab_and_only_the_open_one_is_asked(written: Callable, endpoint: Any) -> None:
    endpoint.says = quoting
    app = written()
    assert [tab.label for tab in app.tabs][1:3] == ["In their words", "Written"]
    assert "qa-first" not in html(app)
    assert len(endpoint.requests) == 1
    app.run()
    assert len(endpoint.requests) == 1  # kept
    app.button(key="asked").click().run()
    assert len(endpoint.requests) == 2
    assert app.selectbox(key="generator").options == ["Chat model", "RAG, trained on reviews"]


def test_without_a_generator_there_is_no_tab_for_it(
    page: Callable, plain_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_RAG__MODEL", "not-there")
    app = page(plain_sample, item="HP-100", q=BASS, kind="Written")
    assert "qa-first" in html(app)
    assert "Written" not in {tab.label for tab in app.tabs}
    assert "generator" not in {box.key for box in app.selectbox}


def test_a_draft_is_marked_as_one(written: Callable, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from qa_system.ui import render_written

    drafts: list[str] = []
    monkeypatch.setattr(
        render_written, "draft", lambda text, draw=render_written.draft: drafts.append(draw(text)) or "-"
    )
    endpoint.says = "The bass is deep [1]."
    written()
    assert len(drafts) > 3
    assert all("not checked yet" in draft for draft in drafts)
    assert "The bass is deep [1]." in drafts[-1]


def test_an_endpoint_that_fails_is_told_in_the_page(written: Callable, endpoint: Any) -> None:
    endpoint.status = 503
    (notice,) = re.findall(r'<div class="qa-notice".*?</div>', html(written()))
    assert "HTTP 503" in notice


def test_two_ways_are_written_side_by_side(written: Callable, endpoint: Any) -> None:
    endpoint.says = quoting
    app = written(compare="true", passages2="2")
    assert html(app).count('<article class="qa-written">') == 2
    assert len(endpoint.requests) == 2
