"""The service as a process of its own: it ends what it began, and waits for nobody for ever."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import uvicorn
from uvicorn.server import ServerState

from matcher.access import DEFAULT_TENANT, ApiKey, Scope, digest_of, new_secret
from matcher.assembly import open_backend
from matcher.settings import Mode, Settings
from service import connections, edge
from tests.service.conftest import NOW
from tests.service.test_actors import VELO


@pytest.fixture
def running(tmp_path):
    """The port of `maillon serve`, its process, and a key that may do everything."""
    url = f"sqlite:///{tmp_path / 'maillon.db'}"
    backend = open_backend(Settings(workspace=url))
    secret = new_secret()
    backend.access.put_key(ApiKey("k", DEFAULT_TENANT, "k", digest_of(secret), frozenset({Scope.ADMIN}), NOW))
    backend.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "matcher", "serve", "--port", str(port)]
    settings = {"MAILLON_WORKSPACE": url, "MAILLON_MODEL": "hashing"}
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, env=os.environ | settings, stderr=subprocess.DEVNULL
    ) as process:
        wait_until_ready(port)
        yield port, process, secret
        process.kill()


def wait_until_ready(port):
    until = time.monotonic() + 60
    while not is_ready(port):
        assert time.monotonic() < until, "the service did not get ready"
        time.sleep(0.1)


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            return answer.status == 200
    except OSError:
        return False


def takes_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_a_request_in_flight_is_answered_after_sigterm_and_no_new_one_is_taken(running):
    port, process, secret = running
    body = json.dumps(VELO).encode()
    slow = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    slow.putrequest("PUT", "/v1/actors/velo")
    for name, value in (("Authorization", f"Bearer {secret}"), ("Content-Type", "application/json")):
        slow.putheader(name, value)
    slow.putheader("Content-Length", str(len(body)))
    slow.endheaders(body[:20])
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    until = time.monotonic() + 20
    while takes_connections(port):
        assert time.monotonic() < until, "new connections are still taken"
        time.sleep(0.05)
    assert process.poll() is None
    slow.send(body[20:])
    assert slow.getresponse().status == 201
    slow.close()
    assert process.wait(20) in (0, -signal.SIGTERM)


class Wire:
    """A transport that remembers whether it was closed."""

    def __init__(self):
        self.closed = False

    def get_extra_info(self, *_):
        return None

    def close(self):
        self.closed = True


class Loop:
    """A loop whose hour is told, with the calls that wait for it."""

    def __init__(self):
        self.waiting = []

    def call_later(self, seconds, call):
        self.waiting.append((seconds, call))
        return self

    def cancel(self):
        self.waiting.clear()


@pytest.fixture
def connection():
    async def app(scope, receive, send):
        """Never called."""

    config = uvicorn.Config(app, log_config=None)
    config.load()
    made = connections.Connection(config, ServerState(), {}, _loop=Loop())
    made.connection_made(Wire())
    return made


def test_somebody_who_connects_and_says_nothing_or_half_a_head_is_let_go(connection):
    [(seconds, give_up)] = connection.loop.waiting
    assert seconds == connections.HEAD_SECONDS
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
    assert [call for _, call in connection.loop.waiting] == [give_up]
    give_up()
    assert connection.transport.closed


def test_somebody_whose_head_never_ends_is_let_go(connection):
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n")
    for number in range(4):
        assert not connection.transport.closed
        connection.data_received(f"X-{number}: ".encode() + b"a" * (connections.HEAD_BYTES // 4) + b"\r\n")
    assert connection.transport.closed


def test_a_body_that_does_not_arrive_is_given_up(client, monkeypatch):
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.05)
    key = client.headers["authorization"].encode()
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/v1/actors/velo",
        "query_string": b"",
        "headers": [(b"authorization", key), (b"content-type", b"application/json")],
    }
    parts = [{"type": "http.request", "body": b"{", "more_body": True}]
    said = []

    async def receive():
        if not parts:
            await asyncio.sleep(3_600)
        return parts.pop()

    async def send(message):
        said.append(message)

    asyncio.run(client.app(scope, receive, send))
    assert said[0]["status"] == 408
    assert (b"connection", b"close") in said[0]["headers"]
    assert json.loads(said[1]["body"])["code"] == "too_slow"


def test_every_answer_closes_doors_and_in_production_asks_for_https(make_client):
    for mode, wanted in ((Mode.DEVELOPMENT, False), (Mode.PRODUCTION, True)):
        client = make_client(mode=mode)
        for path in ("/health/live", "/connexion", "/docs", "/v1/actors", "/nowhere", "/openapi.json"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert ("strict-transport-security" in headers) is wanted
            assert "server" not in headers
            assert "access-control-allow-origin" not in headers


def test_another_origin_is_never_let_in(client):
    asked = {"Origin": "https://ailleurs.exemple.fr", "Access-Control-Request-Method": "GET"}
    for answer in (client.options("/v1/actors", headers=asked), client.get("/v1/actors", headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control")]
