"""Keys, limits, languages, headers, health and the published contract."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matcher.access import Scope
from matcher.errors import InputError
from matcher.settings import Mode, Settings
from service.app import check_mode, create_app
from service.logs import JsonLines
from service.security import RateLimit


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer mln_wrong"}, {"Authorization": "Basic eA=="}, {"X-API-Key": "x"}],
)
def test_without_a_good_key_nothing_is_told(make_client, headers):
    answer = make_client().get("/v1/actors", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_but_health_and_documentation_needs_a_key(make_client):
    client = make_client()
    paths = client.get("/openapi.json").json()["paths"]
    for path, methods in paths.items():
        if not path.startswith("/v1"):
            continue
        for method in methods:
            address = path.replace("{", "").replace("}", "")
            assert client.request(method, address, json={}).status_code in (401, 422), (method, path)


def test_a_revoked_or_expired_key_is_refused(client):
    now = datetime.now(UTC)
    for dates in ({"revoked": now}, {"expires": now - timedelta(seconds=1)}):
        assert client.get("/v1/actors", headers=client.key(Scope.ADMIN, **dates)).status_code == 401
    good = client.key(Scope.READ, expires=now + timedelta(hours=1))
    assert client.get("/v1/actors", headers=good).status_code == 200


def test_problems_speak_the_language_that_is_asked_for(client):
    def title(language):
        return client.get("/v1/actors/nobody", headers={"Accept-Language": language}).json()["title"]

    assert title("fr") == title("") == title("de") == "Introuvable"
    assert title("en-GB,en;q=0.9") == "Not found"
    assert title("fr;q=0.2, en;q=0.8") == "Not found"


def test_what_is_not_there_is_a_problem_too(client):
    for method, path, status in (("GET", "/nowhere", 404), ("POST", "/v1/actors/x", 405)):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_there_is_told_which_are(client):
    assert client.options("/v1/webhooks").headers["allow"] == "GET, POST"
    assert client.options("/v1/actors/x").headers["allow"] == "DELETE, GET, PATCH, PUT"


def test_a_key_that_calls_too_often_is_told_when_to_come_back(make_client):
    client = make_client(rate_limit=3)
    headers = client.key(Scope.READ)
    statuses = [client.get("/v1/actors", headers=headers).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert int(client.get("/v1/actors", headers=headers).headers["retry-after"]) >= 1
    assert client.get("/v1/actors", headers=client.key(Scope.READ)).status_code == 200


def test_a_bucket_fills_again_with_time():
    now = [0.0]
    limit = RateLimit(60, lambda: now[0])
    assert [limit.wait("k") for _ in range(60)] == [0.0] * 60
    assert limit.wait("k") == pytest.approx(1.0)
    now[0] = 1.0
    assert limit.wait("k") == 0.0
    assert RateLimit(0).wait("k") == 0.0


def test_a_body_past_the_limit_is_refused_declared_or_not(make_client):
    client = make_client(body_limit=1_000)
    headers = client.key(Scope.WRITE)
    assert client.put("/v1/actors/x", content=b"{" * 2_000, headers=headers).status_code == 413

    def parts():
        yield from [b"x" * 600] * 3

    answer = client.put("/v1/actors/x", content=parts(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_every_answer_carries_its_id_and_closes_doors(client):
    answer = client.get("/v1/actors", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
    odd = client.get("/v1/actors", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"]
    assert odd != "a b\tc"


def test_the_log_holds_no_id_of_an_actor(client, caplog):
    with caplog.at_level(logging.INFO, logger="maillon.requests"):
        client.get("/v1/actors/asso-secrete", headers={"X-Request-ID": "r1"})
    line = json.loads(JsonLines().format(caplog.records[-1]))
    assert (line["request"], line["status"], line["method"]) == ("r1", 404, "GET")
    assert "asso-secrete" not in json.dumps(line)


def test_counters_are_told_to_prometheus(client):
    client.get("/v1/actors")
    told = client.get("/metrics").text
    assert 'maillon_requests_total{method="GET",route="/v1/actors",status="200"} 1.0' in told


def test_production_refuses_defaults():
    with pytest.raises(InputError, match="MAILLON_WORKSPACE"):
        create_app(Settings(mode=Mode.PRODUCTION))
    check_mode(Settings(mode=Mode.PRODUCTION, workspace="maillon.db"))


def test_in_production_webhooks_go_over_https_alone(make_client):
    client = make_client(mode=Mode.PRODUCTION)
    body = {"url": "http://127.0.0.1:9/h"}
    assert client.post("/v1/webhooks", json=body, headers=client.key(Scope.ADMIN)).status_code == 422
    first_try = make_client()
    made = first_try.post("/v1/webhooks", json=body, headers=first_try.key(Scope.ADMIN))
    assert made.status_code == 201


def test_somebody_who_sends_too_much_in_a_browser_reads_it_on_a_page(make_client):
    client = make_client(body_limit=1_000)
    answer = client.post(
        "/acteurs/importer", files={"fichier": ("a.csv", b"x" * 2_000)}, headers={"accept": "text/html"}
    )
    assert answer.status_code == 413
    assert "<h1>Envoi trop volumineux</h1>" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


def test_warming_up_loads_the_model_even_when_every_text_is_known(make_client):
    asked = []

    class Watched:
        def __init__(self, encoder):
            self._encoder = encoder
            self.name, self.dimension = encoder.name, encoder.dimension

        def encode(self, texts, role):
            asked.append(list(texts))
            return self._encoder.encode(texts, role)

    client = make_client()
    tenants = client.app.state.tenants
    workspace = tenants.of("default").workspace
    workspace.parts = replace(workspace.parts, encoder=Watched(workspace.parts.encoder))
    tenants.warm()
    assert asked
    assert not tenants.warming
