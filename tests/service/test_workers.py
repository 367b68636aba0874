"""Several workers on one database: what one writes, the other finds."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from fastapi.testclient import TestClient

from matcher.access import ApiKey, Scope, digest_of, new_secret
from matcher.adapters.sql_store import SqlBackend
from matcher.settings import Settings
from service.app import create_app
from tests.service.conftest import Client
from tests.service.test_actors import VELO


@pytest.fixture
def workers(database_url):
    made = [Client(create_app(Settings(workspace=database_url, model="hashing"))) for _ in range(2)]
    headers = made[0].key(Scope.ADMIN)
    for worker in made:
        worker.headers.update(headers)
    yield made
    for worker in made:
        worker.app.state.tenants.close()


def found(worker: TestClient | httpx.Client) -> list[str]:
    asked = {"text": "réparer des vélos", "role": "need"}
    return [hit["actor"]["id"] for hit in worker.post("/v1/matches:search", json=asked).json()["items"]]


def test_what_one_worker_puts_the_other_finds_and_what_it_deletes_is_found_by_none(workers):
    first, second = workers
    assert found(second) == []
    first.put("/v1/actors/velo", json=VELO)
    assert found(first) == ["velo"]
    assert second.get("/v1/actors/velo/matches").status_code == 200
    assert found(second) == ["velo"]
    second.delete("/v1/actors/velo")
    assert found(first) == found(second) == []


@pytest.fixture
def processes(database_url):
    """Two workers in processes of their own, as clients of a key that may do everything."""
    backend, secret = SqlBackend(database_url), new_secret()
    scopes = frozenset({Scope.ADMIN})
    backend.access.put_key(ApiKey("k", "default", "test", digest_of(secret), scopes, datetime.now(UTC)))
    backend.close()
    environment = os.environ | {"MAILLON_WORKSPACE": database_url, "MAILLON_MODEL": "hashing"}
    running, clients = [], []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "service.app:create_app",
            "--port",
            str(port),
        ]
        running.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))  # noqa: S603
        headers = {"Authorization": f"Bearer {secret}"}
        clients.append(httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30))
    for client in clients:
        wait_until_ready(client)
    yield clients
    for client in clients:
        client.close()
    for process in running:
        process.terminate()
        process.wait(30)


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail("a worker did not become ready")


def wait_until_found(worker: httpx.Client, name: str) -> None:
    for _ in range(600):
        if name in found(worker):
            return
        time.sleep(0.05)
    pytest.fail("a worker did not follow what another put")


def test_workers_of_their_own_processes_find_what_the_other_put_and_none_what_was_deleted(processes):
    first, second = processes
    for number in range(5):
        name = f"velo-{number}"
        assert first.put(f"/v1/actors/{name}", json=VELO | {"id": name}).status_code == 201
        assert name in found(first)
        wait_until_found(second, name)
        assert second.patch(f"/v1/actors/{name}", json={"skills": ["garder des enfants"]}).status_code == 200
        assert first.get(f"/v1/actors/{name}").json()["skills"] == ["garder des enfants"]
        assert first.get(f"/v1/actors/{name}/matches").status_code == 200
        assert second.delete(f"/v1/actors/{name}").status_code == 204
        assert [worker.get(f"/v1/actors/{name}/matches").status_code for worker in processes] == [404, 404]
        assert all(name not in found(worker) for worker in processes)


def test_a_key_revoked_by_one_worker_is_refused_by_the_other(workers):
    first, second = workers
    headers = second.key(Scope.READ)
    assert first.get("/v1/actors", headers=headers).status_code == 200
    access = second.app.state.tenants.backend.access
    held = {frozenset(one.scopes): one for one in access.keys(None)}
    key = held[frozenset({Scope.READ})]
    access.put_key(replace(key, revoked=key.created))
    assert first.get("/v1/actors", headers=headers).status_code == 401
