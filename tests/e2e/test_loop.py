"""The whole loop: import, serve, decide, train, evaluate, promote, serve the new model, roll back."""

import json
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from matcher.access import Scope
from matcher.cli import app as command_line
from matcher.settings import load_settings
from matcher.taxonomy import sample_directory
from service.app import create_app

CUT, UNTIL = "2025-01-01", (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011
PERIOD = ["--cut", CUT, "--until", UNTIL, "--profiles", "today"]


def run(*arguments):
    result = CliRunner().invoke(command_line, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def service(tmp_path, monkeypatch):
    """The service on a workspace of the sample data, with an administrator's key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILLON_MODEL", "hashing")
    monkeypatch.setenv("MAILLON_WORKSPACE", str(tmp_path / "maillon.db"))
    run("import", sample_directory() / "actors.jsonl", sample_directory() / "alliances.jsonl")
    secret = run("keys", "add", "test", *(f"--scope={scope}" for scope in (Scope.READ, Scope.REVIEW))).strip()
    client = TestClient(create_app(load_settings()))
    client.headers["Authorization"] = f"Bearer {secret}"
    yield client
    client.app.state.tenants.close()


def decide(service, proposal, action, **said):
    answer = service.post(f"/v1/proposals/{proposal['id']}/steps", json={"action": action, **said})
    assert answer.status_code == 201, answer.text


def review(service):
    """Keep every other proposal and decline the others, as a catalyst would."""
    proposals = service.post("/v1/proposals:generate", json={"limit": 20}).json()["items"]
    assert len(proposals) == 20
    for at, proposal in enumerate(proposals):
        if at % 2:
            decide(service, proposal, "decline", reason="skill_mismatch")
        else:
            decide(service, proposal, "review")
            decide(service, proposal, "introduce")
    return proposals


def ranks(service, actor="redon-ress"):
    served = service.get(f"/v1/actors/{actor}/matches", params={"limit": 5}).json()
    for item in served["items"]:
        total = item["bias"] + sum(one["points"] for one in item["contributions"])
        assert total == pytest.approx(item["score"], abs=1e-2)
    return served


def test_what_people_decide_becomes_the_model_that_serves_and_can_be_taken_back(service, tmp_path):
    first = ranks(service)
    assert first["model"] == "day-one"
    review(service)

    run("train", *PERIOD, "--name", "loop-1", "--refit")
    manifest = json.loads((tmp_path / "models" / "loop-1" / "model.json").read_text())
    assert manifest["examples"]["alliances"] > 0
    assert manifest["refit_examples"]["decisions"] == 10
    assert manifest["decided_after"]["kept"] == 10
    assert "Of 10 proposals that people kept" in (tmp_path / "models" / "loop-1" / "card.md").read_text()
    assert (manifest["learned_before"], manifest["serves_learned_before"]) == (CUT, UNTIL)

    run("evaluate", *PERIOD, "--model", "loop-1", "--json", "loop.json", "--html", "loop.html")
    methods = json.loads((tmp_path / "loop.json").read_text())["pairs"]["methods"]
    assert {"random", "TF-IDF", "day-one", "loop-1"} <= set(methods)
    assert "loop-1" in (tmp_path / "loop.html").read_text()

    assert ranks(service)["model"] == "day-one", "nothing serves before it is promoted"
    run("promote", "loop-1")
    assert service.get("/v1/models").json()["serves"] == "loop-1"
    serving = service.get("/v1/models/serving").json()
    assert serving["model"] == "loop-1"
    assert serving["card"].startswith("# loop-1")
    second = ranks(service)
    assert second["model"] == "loop-1"
    assert {one["model"] for one in second["items"]} == {"loop-1"}
    assert all(0 < one["probability"] < 1 for one in second["items"])
    assert service.get("/health/ready").status_code == 200

    weights = tmp_path / "models" / "loop-1" / "weights.json"
    good = weights.read_text()
    weights.write_text("{")
    unready = service.get("/health/ready")
    assert unready.status_code == 503
    assert "weights.json is missing or damaged" in unready.json()["reason"]
    assert service.get("/v1/actors/redon-ress/matches").status_code == 503
    weights.write_text(good)
    assert service.get("/health/ready").status_code == 200

    run("rollback", "--reason", "fin de la démonstration")
    assert ranks(service)["items"][0]["score"] == first["items"][0]["score"]
    log = json.loads(run("models", "--log", "--json"))["log"]
    assert [one["action"] for one in log] == ["train", "promote", "rollback"]


def test_an_erased_actor_is_in_no_later_training_set(service, tmp_path):
    ranks(service)
    proposals = review(service)
    gone = proposals[0]["actors"][0]
    run("train", *PERIOD, "--name", "with", "--refit")
    run("privacy", "erase", gone, "--yes")
    run("train", *PERIOD, "--name", "without", "--refit")
    told = {
        name: json.loads((tmp_path / "models" / name / "model.json").read_text())
        for name in ("with", "without")
    }
    assert told["without"]["task"]["fingerprint"] != told["with"]["task"]["fingerprint"]
    decisions = {name: one["refit_examples"]["decisions"] for name, one in told.items()}
    assert decisions == {"with": 10, "without": 9}
    for path in (tmp_path / "models").rglob("*"):
        assert not path.is_file() or gone not in path.read_text(encoding="utf-8"), path


def test_the_same_decisions_and_seed_make_the_same_bytes(service, tmp_path):
    review(service)
    for name in ("one", "two"):
        run("train", *PERIOD, "--name", name, "--refit")
    for path in (tmp_path / "models" / "one").rglob("*"):
        if path.is_file():
            other = tmp_path / "models" / "two" / path.relative_to(tmp_path / "models" / "one")
            assert other.read_text().replace("two", "one") == path.read_text().replace("two", "one"), (
                path.name
            )
