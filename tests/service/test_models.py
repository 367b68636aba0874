"""The routes of models: what was trained, what serves, and what is said when it cannot."""

import json

import pytest

from matcher.features import FEATURES
from matcher.ranking import DAY_ONE_WEIGHTS, Odds, WeightedSum
from matcher.ranking_files import WEIGHTS, save_weights
from matcher.registry import CARD, MANIFEST, ModelKind


def add(registry, name="hiver", encoder="hashing-256"):
    weights = {**DAY_ONE_WEIGHTS, "stage": 30.0}

    def fill(directory):
        save_weights(directory, WeightedSum(weights, name, 0.0, Odds(0.1, -5.0)), WeightedSum())
        task = {"cut": "2025-01-01", "until": "2026-01-01"}
        manifest = {
            "format": 1,
            "kind": "ranking",
            "features": list(FEATURES),
            "encoder": encoder,
            "task": task,
        }
        (directory / MANIFEST).write_text(json.dumps(manifest))
        (directory / CARD).write_text("# hiver\n")

    registry.add(name, ModelKind.RANKING, fill, seconds=1.0, replace=True)
    return registry.directory / name


@pytest.fixture
def registry(held):
    return held.app.state.tenants.of("default").models


@pytest.fixture
def asker(held):
    return held.get("/v1/actors").json()["items"][0]["id"]


def test_on_day_one_the_weights_set_by_hand_serve(held):
    assert held.get("/v1/models").json() == {"serves": "day-one", "items": []}
    told = held.get("/v1/models/serving").json()
    assert (told["model"], told["odds"]) == ("day-one", None)
    assert told["features"] == DAY_ONE_WEIGHTS
    assert "set by hand" in told["card"]


def test_a_promoted_model_serves_from_the_next_request_and_is_named_everywhere(held, registry, asker):
    add(registry)
    assert held.get(f"/v1/actors/{asker}/matches").json()["model"] == "day-one"
    registry.promote("hiver", ModelKind.RANKING)
    told = held.get("/v1/models/serving").json()
    assert (told["model"], told["card"], told["features"]["stage"]) == ("hiver", "# hiver\n", 30.0)
    assert told["odds"] == {"slope": 0.1, "start": -5.0}
    [line] = held.get("/v1/models").json()["items"]
    assert line["promoted"] is True
    served = held.get(f"/v1/actors/{asker}/matches").json()
    assert served["model"] == "hiver"
    for item in served["items"]:
        assert item["model"] == "hiver"
        assert 0 < item["probability"] < 1
    nobody = held.get(f"/v1/actors/{asker}/matches", params={"min_score": 1e6}).json()
    assert (nobody["items"], nobody["model"]) == ([], "hiver")
    proposed = held.post("/v1/proposals:generate", json={"limit": 2}).json()["items"]
    assert {one["model"] for one in proposed} == {"hiver"}


def test_what_a_tenant_trained_serves_nobody_else(held, registry, theirs):
    add(registry)
    registry.promote("hiver", ModelKind.RANKING)
    other = held.app.state.tenants.of("autre").models
    assert other.directory != registry.directory
    assert held.get("/v1/models", headers=theirs).json() == {"serves": "day-one", "items": []}


def test_a_model_of_another_encoder_makes_the_service_unready_and_says_so(held, registry, asker):
    add(registry, encoder="other")
    registry.promote("hiver", ModelKind.RANKING)
    answer = held.get("/health/ready")
    assert answer.status_code == 503
    assert "trained with the encoder other, here hashing-256" in answer.json()["reason"]
    refused = held.get(f"/v1/actors/{asker}/matches")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert held.get("/v1/models").json()["serves"] == "hiver"
    registry.rollback()
    assert held.get("/health/ready").status_code == 200
    assert held.get(f"/v1/actors/{asker}/matches").json()["model"] == "day-one"


def test_a_damaged_model_that_does_not_serve_is_told_in_the_list(held, registry):
    directory = add(registry)
    (directory / MANIFEST).write_text("{")
    [line] = held.get("/v1/models").json()["items"]
    assert "damaged" in line["error"]
    assert held.get("/health/ready").status_code == 200


def test_a_mended_model_serves_again_without_a_restart(held, registry, asker):
    directory = add(registry)
    registry.promote("hiver", ModelKind.RANKING)
    assert held.get(f"/v1/actors/{asker}/matches").json()["model"] == "hiver"
    good = (directory / WEIGHTS).read_text()
    (directory / WEIGHTS).unlink()
    assert held.get("/health/ready").status_code == 503
    assert held.get("/health/live").status_code == 200
    (directory / WEIGHTS).write_text(good)
    assert held.get("/health/ready").status_code == 200
