"""TLS, API keys and passwords, against a small front before the server: the tests' server has no x-pack."""

import hashlib
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which

import pytest
from haystack import Document

from qa_system.errors import StoreError
from qa_system.stores.elasticsearch.store import ElasticsearchStore

KEY, PASSWORD = "a2V5LW9mLXRlc3Rz", "pass-of-tests"
ALLOWED = {f"ApiKey {KEY}", "Basic " + b64encode(f"shop:{PASSWORD}".encode()).decode()}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signed itself, and its key."""
    if not which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "front.crt", folder / "front.key"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-out", str(paths[0]), "-keyout", str(paths[1])], check=True, capture_output=True)
    return paths


@pytest.fixture
def front(cluster: str, certificate: tuple[Path, Path]) -> Iterator[str]:
    """URL of a server that speaks TLS, asks for credentials, and hands on what may pass."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def hand_on(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length) if length else None
            if self.headers.get("authorization") not in ALLOWED:
                self.answer(401, {"content-type": "application/json"}, b'{"error":{"reason":"no"},"status":401}')
                return
            passed = {name: value for name, value in self.headers.items() if name.lower() in ("content-type", "accept")}
            request = urllib.request.Request(cluster + self.path, body, passed, method=self.command)
            try:
                with urllib.request.urlopen(request) as found:
                    self.answer(found.status, dict(found.headers), found.read())
            except urllib.error.HTTPError as error:
                self.answer(error.code, dict(error.headers), error.read())

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = hand_on

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            kept = {name.lower(): value for name, value in headers.items()}
            self.send_response(status)
            for name in ("content-type", "x-elastic-product"):
                if name in kept:
                    self.send_header(name, kept[name])
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ELASTIC_API_KEY", "ELASTIC_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def works(store: ElasticsearchStore) -> bool:
    store.write_documents([Document(id="1", content="words")])
    return [found.id for found in store.bm25_retrieval("words")] == ["1"]


def test_an_api_key_over_tls_with_an_authority(
    front: str, certificate: tuple[Path, Path], make_store: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTIC_API_KEY", KEY)
    assert works(make_store(front, ca_certs=certificate[0]))


def test_a_password_of_another_variable_over_tls_with_a_fingerprint(
    front: str, certificate: tuple[Path, Path], make_store: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    der = ssl.PEM_cert_to_DER_cert(certificate[0].read_text())
    fingerprint = hashlib.sha256(der).hexdigest()
    assert works(make_store(front, fingerprint=fingerprint, username="shop", password_variable="SHOP_PASSWORD"))


def test_a_wrong_key_and_an_unknown_authority_are_told_apart(
    front: str, certificate: tuple[Path, Path], make_store: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTIC_API_KEY", "wrong-key-of-mine")
    with pytest.raises(StoreError, match="refuses the credentials") as refused:
        make_store(front, ca_certs=certificate[0]).count_documents()
    with pytest.raises(StoreError, match=r"certificate of .* is not trusted.*ca_certs") as untrusted:
        make_store(front).count_documents()
    assert "wrong-key-of-mine" not in str(refused.value) + str(untrusted.value)
