"""Several workers on one database: what one writes, the other finds."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from matcher.access import Scope
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


def found(worker: TestClient) -> list[str]:
    asked = {"text": "réparer des vélos", "role": "need"}
    return [hit["actor"]["id"] for hit in worker.post("/v1/matches:search", json=asked).json()["items"]]


def test_what_one_worker_puts_the_other_finds_and_what_it_deletes_is_found_by_none(workers):
    first, second = workers
    assert found(second) == []
    first.put("/v1/actors/velo", json=VELO)
    assert found(second) == found(first) == ["velo"]
    second.delete("/v1/actors/velo")
    assert found(first) == found(second) == []


def test_a_key_revoked_by_one_worker_is_refused_by_the_other(workers):
    first, second = workers
    headers = second.key(Scope.READ)
    assert first.get("/v1/actors", headers=headers).status_code == 200
    access = second.app.state.tenants.backend.access
    held = {frozenset(one.scopes): one for one in access.keys(None)}
    key = held[frozenset({Scope.READ})]
    access.put_key(replace(key, revoked=key.created))
    assert first.get("/v1/actors", headers=headers).status_code == 401
