"""The health routes."""

import pytest
from fastapi.testclient import TestClient

from matcher.assembly import open_store
from matcher.settings import Settings
from service.app import create_app


@pytest.fixture
def client(tmp_path):
    made = TestClient(create_app(Settings(workspace=str(tmp_path / "maillon.db"), model="hashing")))
    yield made
    made.app.state.tenants.close()


def test_a_running_service_is_live(client):
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()["status"]) == (200, "live")


def test_a_service_with_a_store_is_ready(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reason": None})


def test_a_service_without_its_store_says_why_it_is_not_ready(tmp_path):
    (tmp_path / "broken.db").write_text("no database")
    client = TestClient(create_app(Settings(workspace=str(tmp_path / "broken.db"))))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "not a Maillon workspace" in answer.json()["reason"]
    assert client.get("/health/live").status_code == 200


def test_the_contract_is_published(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/health/live", "/health/ready"} <= set(paths)


def test_making_the_application_opens_no_file(tmp_path):
    create_app(Settings(workspace=str(tmp_path / "maillon.db")))
    assert not list(tmp_path.iterdir())


def test_a_store_that_comes_back_makes_the_service_ready_again(tmp_path):
    path = tmp_path / "later" / "maillon.db"
    client = TestClient(create_app(Settings(workspace=str(path), model="hashing")))
    assert client.get("/health/ready").status_code == 503
    path.parent.mkdir()
    assert client.get("/health/ready").status_code == 200
    client.app.state.tenants.close()


def test_a_ready_service_leaves_the_store_to_others(client, tmp_path):
    client.get("/health/ready")
    store = open_store(str(tmp_path / "maillon.db"))
    assert list(store.actors()) == []
    store.close()
