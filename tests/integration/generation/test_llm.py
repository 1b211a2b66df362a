"""Chat models behind an endpoint: what is asked of it, what comes back, and what is said where nothing good does."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from haystack import Document, Pipeline
from haystack.utils import Secret

from qa_system.errors import GenerationError, SettingsError
from qa_system.generation.llm import LONGEST_ANSWER, LLMGenerator

QUESTION = "How is the bass?"
REVIEWS = [Document(content="The bass is deep."), Document(content="I sent them back.")]


@pytest.fixture
def written(endpoint: Any) -> Callable:
    """Have an answer written, by default without streaming."""

    def run(documents: list[Document] = REVIEWS, *, streams: bool = False, **options: Any) -> Any:
        generator = LLMGenerator("fake", **{"base_url": endpoint.url, "max_retries": 0, "timeout": 5, **options})
        callback = (lambda chunk: None) if streams else None
        return generator.run(QUESTION, documents, streaming_callback=callback)["answers"]

    return run


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_comes_back_with_its_passages(endpoint: Any, written: Callable, streams: bool) -> None:
    endpoint.says = "The bass is deep [1]."
    (answer,) = written(streams=streams)
    assert (answer.data, answer.query, answer.documents) == ("The bass is deep [1].", QUESTION, REVIEWS)
    assert answer.meta["model"] == "fake"
    assert not answer.meta["is_cut"]
    (request,) = endpoint.requests
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert '<review number="1">The bass is deep.</review>' in request["messages"][1]["content"]
    assert (request["model"], request["max_tokens"], "temperature" in request) == ("fake", 300, False)


def test_pieces_come_as_they_are_written(endpoint: Any) -> None:
    endpoint.says = "The bass is deep [1]."
    pieces = []
    LLMGenerator("fake", base_url=endpoint.url).run(QUESTION, REVIEWS, lambda chunk: pieces.append(chunk.content))
    assert "".join(pieces).split() == endpoint.says.split()
    assert len(pieces) > 3


def test_the_key_is_sent_and_no_key_is_needed(
    endpoint: Any, written: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "s3cret")
    written(api_key=Secret.from_env_var("MY_KEY"), temperature=0.0)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    written()
    assert endpoint.keys == ["Bearer s3cret", "Bearer none"]
    assert [request.get("temperature") for request in endpoint.requests] == [0.0, None]


@pytest.mark.parametrize("documents", [[], [Document(content="")], [Document(content=None)]])
def test_without_passages_nothing_is_asked(endpoint: Any, written: Callable, documents: list) -> None:
    assert written(documents) == []
    assert endpoint.requests == []


def test_a_thought_and_control_characters_are_no_answer(endpoint: Any, written: Callable) -> None:
    endpoint.says = "<think>Hm. Deep? [1]</think>\n\x1b[31mThe bass is\x07 deep [1]."
    assert written()[0].data == "[31mThe bass is deep [1]."


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("text", ["", "  \n", "<think>I do not know"])
def test_an_empty_answer_is_none(endpoint: Any, written: Callable, text: str, streams: bool) -> None:
    endpoint.says = text
    assert written(streams=streams)[0].data == ""


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_that_exceeds_its_length_loses_its_last_sentence(
    endpoint: Any, written: Callable, streams: bool, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.says, endpoint.finish_reason = "The bass is deep [1]. I sent th", "length"
    with caplog.at_level(logging.WARNING):
        (answer,) = written(streams=streams)
    assert (answer.data, answer.meta["is_cut"]) == ("The bass is deep [1].", True)
    assert "last sentence is left out" in caplog.text


def test_an_answer_without_end_is_cut(endpoint: Any, written: Callable) -> None:
    endpoint.says = "The bass is deep [1]. " * 10_000
    (answer,) = written()
    assert len(answer.data) <= LONGEST_ANSWER
    assert answer.data.endswith("[1].")


@pytest.mark.parametrize("text", ["", "The bass i"])
def test_an_answer_without_a_whole_sentence_is_an_error(endpoint: Any, written: Callable, text: str) -> None:
    endpoint.says, endpoint.finish_reason = text, "length"
    with pytest.raises(GenerationError, match=r"finish reason: length.*llm\.max_tokens, which is 300"):
        written()


def test_a_stream_that_breaks_off_keeps_its_whole_sentences(endpoint: Any, written: Callable) -> None:
    endpoint.says, endpoint.breaks_off = "The bass is deep [1]. I sent th", True
    assert written(streams=True)[0].data == "The bass is deep [1]."


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "with fewer passages"),
        (401, r"key_variable"),
        (403, r"key_variable"),
        (404, r"Correct llm\.model or llm\.base_url"),
        (422, "with fewer passages"),
        (429, "takes no more requests"),
        (500, r"HTTP 500.*it went wrong"),
        (503, "HTTP 503"),
    ],
)
def test_a_refusal_says_what_to_do(endpoint: Any, written: Callable, status: int, says: str, streams: bool) -> None:
    endpoint.status = status
    with pytest.raises(GenerationError, match=says) as error:
        written(streams=streams)
    assert endpoint.url in str(error.value)


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    "body",
    ["<html>Welcome</html>", "{}", "[]", "7", '{"choices": []}', '{"choices": [{}]}', 'data: {"a": [}\n\n'],
)
def test_nonsense_is_told_from_an_answer(endpoint: Any, written: Callable, body: str, streams: bool) -> None:
    endpoint.body = body
    with pytest.raises(GenerationError, match="OpenAI-compatible endpoint"):
        written(streams=streams)


def test_an_error_inside_a_stream_is_told(endpoint: Any, written: Callable) -> None:
    endpoint.body = 'data: {"error": {"message": "the model crashed"}}\n\n'
    with pytest.raises(GenerationError, match="the model crashed"):
        written(streams=True)


@pytest.mark.parametrize("streams", [False, True])
def test_a_slow_endpoint_is_not_waited_for(endpoint: Any, written: Callable, streams: bool) -> None:
    endpoint.delay = 2
    with pytest.raises(GenerationError, match=r"within 0\.2 seconds.*llm\.timeout"):
        written(timeout=0.2, streams=streams)


def test_an_endpoint_that_is_down_says_so(written: Callable) -> None:
    with pytest.raises(GenerationError, match=r"http://127\.0\.0\.1:9/v1 cannot be reached.*Start it"):
        written(base_url="http://127.0.0.1:9/v1")


def test_what_fails_once_is_tried_again(endpoint: Any, written: Callable) -> None:
    endpoint.says, endpoint.failures = "The bass is deep [1].", 1
    assert written(max_retries=1)[0].data == "The bass is deep [1]."
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://x"])
def test_what_is_no_address_is_refused(written: Callable, url: str) -> None:
    with pytest.raises(SettingsError, match="base_url"):
        written(base_url=url)


def test_it_survives_yaml_without_its_key(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "s3cret")
    pipeline = Pipeline()
    key = Secret.from_env_var("MY_KEY")
    pipeline.add_component("llm", LLMGenerator("fake", base_url=endpoint.url, api_key=key, max_tokens=7, timeout=3))
    dumped = pipeline.dumps()
    assert "s3cret" not in dumped
    Pipeline.loads(dumped, allowed_modules=["qa_system.*"]).run({"llm": {"query": QUESTION, "documents": REVIEWS}})
    assert endpoint.keys == ["Bearer s3cret"]
    assert endpoint.requests[0]["max_tokens"] == 7
