"""`qa ask --generator`: what people and programs are shown of a written answer."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_system.reading.reader import Reader

BASS = ("ask", "Is the bass any good?", "--item", "HP-100", "--generator", "llm")


@pytest.fixture
def ask(qa: Callable, endpoint: Any, sample_store: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run the command on the sample, with the endpoint to write."""
    Reader().warm_up()  # the first time of all, the command would tell on stderr that it prepares the reader
    for name, value in endpoint.settings.items():
        monkeypatch.setenv(f"QA_LLM__{name.upper()}", str(value))
    endpoint.says = first_words
    return lambda *options: qa(*BASS, "--store", sample_store, *options)


def first_words(user: str) -> str:
    """Quote the first words of each review; then something that no review says, and a citation of none."""
    quotes = (f"{text.split('.')[0]} [{n}]." for n, text in re.findall(r'number="(\d+)">(.*?)</review>', user))
    return " ".join(quotes) + " It can fly [99]."


def test_for_people(ask: Callable) -> None:
    ran = ask()
    assert ran.code == 0
    kept, _, rest = ran.out.partition("Withheld, for the reviews do not support it enough:")
    withheld, _, evidence = rest.partition("What the reviews say for it:")
    assert re.search(r"\d+%  .*bass.* \[\d\]", kept)
    assert "0%  It can fly." in withheld
    assert "It can fly" not in kept + evidence
    for number in re.findall(r"\[(\d+)\]", kept):
        assert f"[{number}]" in evidence
    assert re.search(r"«.*bass.*»", " ".join(evidence.split()))
    assert "review HP-100-" in evidence
    assert "do not exist 1 times" in ran.err
    assert "draft" not in ran.err


def test_for_programs(ask: Callable) -> None:
    result = json.loads(ask("--json").out)
    (written,) = result["generated"]
    assert (result["abstained"], result["answers"]) == (False, [])
    assert set(written) == {"text", "written", "unknown_citations", "sentences"}
    assert written["unknown_citations"] == 1
    reviews = {passage["review_id"] for passage in result["passages"]}
    for sentence in written["sentences"]:
        assert set(sentence) == {"text", "citations", "support", "withheld", "spans"}
        assert sentence["withheld"] == (sentence["support"] < 0.4)
        assert {span["review_id"] for span in sentence["spans"]} <= reviews
        assert all(len(span["text"]) == span["end"] - span["start"] for span in sentence["spans"])


def test_the_least_support_is_the_users_to_choose(ask: Callable) -> None:
    assert "Withheld" not in ask("--min-support", "0").out
    ran = ask("--min-support", "1")
    assert ran.out.startswith("The reviews don't say\n")
    assert "The nearest passages:" in ran.out


def test_where_nothing_was_found_nothing_is_claimed(ask: Callable) -> None:
    assert ask("--filter", "rating=1", "--filter", "rating=2").out == "No passage speaks of it.\n"


def test_the_draft_is_shown_to_those_who_watch(ask: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = ask()
    assert re.search("A draft, not checked yet:.*It .*can .*fly", ran.err, re.DOTALL)
    assert "draft" not in ran.out
    assert "draft" not in ask("--json").err


def test_an_answer_that_fails_leaves_the_line_of_its_draft(
    ask: Callable, endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    endpoint.says, endpoint.breaks_off = "The bass", True
    ran = ask()
    assert ran.code == 7
    assert re.search(r"bass.*\n\n.*Error: The chat model 'fake' was cut off", ran.err, re.DOTALL)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--min-support", "2"], 2, "min-support"),
        (["--top-k", "3"], 2, "takes no top_k"),
        (["--generator", "oracle"], 2, "rag, llm"),
    ],
)
def test_mistakes_are_explained(ask: Callable, options: list, code: int, says: str) -> None:
    ran = ask(*options)
    assert (ran.code, ran.out) == (code, "")
    assert says in " ".join(ran.err.split())


def test_the_least_support_is_of_written_answers(qa: Callable, sample_store: Path) -> None:
    ran = qa("ask", "Is it good?", "--min-support", "0.5", "--store", sample_store)
    assert ran.code == 2
    assert "takes no min_support" in ran.err


def test_an_endpoint_that_is_down(ask: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    ran = ask()
    assert (ran.code, ran.out) == (7, "")
    assert "cannot be reached" in ran.err
