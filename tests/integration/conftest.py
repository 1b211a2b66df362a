"""Stores that the integration tests read, and an endpoint with a chat model that says what a test tells it to."""

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from qa_system import QASystem, index, load_settings
from qa_system.samples import REVIEWS


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled sample, indexed with vectors; not to be written to."""
    store = tmp_path_factory.mktemp("stores") / "sample.qa"
    index(REVIEWS, store, settings=load_settings(overrides={"store": {"path": store}}))
    return store


@pytest.fixture(scope="session")
def system(sample_store: Path) -> QASystem:
    """The system on the bundled sample."""
    return QASystem.open(sample_store)


class Endpoint:
    """
    A chat model behind an HTTP endpoint.

    `says` makes its answer of the user's message, or is the answer. `status`, `body`, `delay`, `breaks_off` and
    `failures`, at the start, let it misbehave. `requests` and `keys` are what it was sent.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.says: str | Callable[[str], str] = "The reviews don't say."
        self.finish_reason = "stop"
        self.status = 200
        self.body: str | None = None
        self.delay = 0.0
        self.breaks_off = False
        self.failures = 0
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that let it write."""
        return {"model": "fake", "base_url": self.url, "max_retries": 0, "timeout": 5}

    def text(self, request: dict[str, Any]) -> str:
        """What it answers."""
        return self.says if isinstance(self.says, str) else self.says(request["messages"][-1]["content"])


class _Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.endpoint.requests.append(request)
        self.endpoint.keys.append(self.headers.get("Authorization", ""))
        time.sleep(self.endpoint.delay)
        if len(self.endpoint.requests) <= self.endpoint.failures:
            self._send(500, "{}")
        elif self.endpoint.body is not None or self.endpoint.status != 200:
            self._send(self.endpoint.status, self.endpoint.body or '{"error": {"message": "it went wrong"}}')
        elif request.get("stream"):
            self._stream(self.endpoint.text(request))
        else:
            message = {"role": "assistant", "content": self.endpoint.text(request)}
            choice = {"index": 0, "message": message, "finish_reason": self.endpoint.finish_reason}
            self._send(200, json.dumps(self._completion("chat.completion", choice)))

    def _stream(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in text.split(" "):
            self._event({"index": 0, "delta": {"content": piece + " "}, "finish_reason": None})
        if not self.endpoint.breaks_off:
            self._event({"index": 0, "delta": {}, "finish_reason": self.endpoint.finish_reason})
            self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choice: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(self._completion('chat.completion.chunk', choice))}\n\n".encode())
        self.wfile.flush()

    def _completion(self, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
        return {"id": "1", "object": kind, "created": 1, "model": "fake", "choices": [choice]}

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A chat model at an address of this machine."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield handler.endpoint
    server.shutdown()
    server.server_close()
