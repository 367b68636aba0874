"""What breaks is told as a problem, makes the service not ready, and mends by itself when the cause goes."""

import resource
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from matcher.access import Scope
from matcher.adapters.sql_store.database import Database
from matcher.settings import Settings
from service.app import create_app
from service.problems import MEDIA_TYPE
from tests.postgres import Server
from tests.service.conftest import Client
from tests.service.test_actors import VELO

ROOM = 1_000
"""Where the disk is full, no file may be written past so many bytes."""


def ready(client):
    answer = client.get("/health/ready")
    return answer.status_code == 200, answer.json()["reason"]


def refused(answer):
    """Whether an answer is the problem of a service that cannot answer now, in a sentence."""
    assert answer.status_code == 503
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["code"] == "unavailable"
    assert problem["detail"]
    return True


@pytest.fixture
def started():
    """Makes a client of a service with settings; it is closed with the test."""
    opened = []

    def start(url, **changes):
        values = {"workspace": url, "model": "hashing"} | changes
        client = Client(create_app(Settings(**values)))
        opened.append(client)
        return client

    yield start
    for client in opened:
        client.app.state.tenants.close()


def test_a_postgresql_that_stops_and_starts_again(started):
    server = Server()
    try:
        client = started(server.fresh())
        client.headers.update(client.key(Scope.ADMIN))
        assert client.put("/v1/actors/velo", json=VELO).status_code == 201
        assert ready(client) == (True, None)
        server.stop()
        assert refused(client.get("/v1/actors/velo/matches"))
        assert refused(client.put("/v1/actors/velo", json=VELO))
        is_ready, reason = ready(client)
        assert not is_ready
        assert "cannot be read" in reason
        server.start()
        assert ready(client) == (True, None)
        assert client.get("/v1/actors/velo").json()["id"] == "velo"
        assert client.get("/v1/actors/velo/matches").status_code == 200
    finally:
        server.close()


@contextmanager
def a_full_disk():
    """As far as this process can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_and_has_room_again(started, tmp_path):
    client = started(f"sqlite:///{tmp_path / 'maillon.db'}")
    client.headers.update(client.key(Scope.ADMIN))
    client.put("/v1/actors/velo", json=VELO)
    many = [VELO | {"id": f"a{n}", "description": f"{n} " * 400} for n in range(300)]
    with a_full_disk():
        assert refused(client.post("/v1/actors:batch", json={"actors": many}))
        is_ready, reason = ready(client)
        assert not is_ready
        assert "cannot be written" in reason
    assert ready(client) == (True, None)
    assert len(client.get("/v1/actors").json()["items"]) == 1
    assert client.post("/v1/actors:batch", json={"actors": many}).json()["added"] == 300


def test_vectors_that_were_spoilt_on_disk_are_made_again(started, tmp_path):
    url = f"sqlite:///{tmp_path / 'maillon.db'}"
    first = started(url)
    first.headers.update(first.key(Scope.ADMIN))
    for name in ("velo", "b", "c"):
        first.put(f"/v1/actors/{name}", json=VELO | {"id": name, "needs": [f"un besoin de {name}"]})
    asked = {"text": "un besoin de b", "role": "skill"}
    before = first.post("/v1/matches:search", json=asked).json()["items"]
    database = Database(url)
    with database.writing() as connection:
        keys = connection.execute(text("SELECT key FROM vectors ORDER BY key")).scalars().all()
        for key, spoilt in zip(keys, (b"", b"abc", b"\xff" * 12, b"\x00" * 32), strict=False):
            connection.execute(text("UPDATE vectors SET vector = :v WHERE key = :k"), {"v": spoilt, "k": key})
    database.close()
    again = started(url)
    again.headers.update(first.headers)
    assert ready(again) == (True, None)
    assert again.post("/v1/matches:search", json=asked).json()["items"] == before


def test_a_model_that_is_not_there(started, tmp_path):
    client = started(f"sqlite:///{tmp_path / 'maillon.db'}", model=str(tmp_path / "no-model"))
    client.headers.update(client.key(Scope.ADMIN))
    is_ready, reason = ready(client)
    assert not is_ready
    assert "no-model" in reason
    assert client.put("/v1/actors/velo", json=VELO).status_code == 201
    assert refused(client.get("/v1/actors/velo/matches"))
    assert refused(client.post("/v1/matches:search", json={"text": "des vélos"}))
    assert client.get("/v1/actors/velo").status_code == 200


def test_an_adapter_of_another_model_is_refused_by_name(started, tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter.json").write_text("{}")
    client = started(
        f"sqlite:///{tmp_path / 'maillon.db'}", model="embedded", adapter=str(tmp_path / "adapter")
    )
    is_ready, reason = ready(client)
    assert not is_ready
    assert "adapter" in reason
