"""The routes of matches, pairs, proposals, events and changes."""

import pytest

from matcher.access import Scope


@pytest.fixture
def asker(held):
    return held.get("/v1/actors").json()["items"][0]["id"]


@pytest.fixture
def proposal(held):
    return held.post("/v1/proposals:generate", json={"limit": 3}).json()["items"][0]


def step(client, proposal, action, **said):
    headers = said.pop("headers", {})
    return client.post(
        f"/v1/proposals/{proposal['id']}/steps", json={"action": action, **said}, headers=headers
    )


def test_matches_are_explained_and_their_contributions_add_up(held, asker):
    served = held.get(f"/v1/actors/{asker}/matches", params={"limit": 5}).json()
    assert 0 < len(served["items"]) <= 5
    for position, item in enumerate(served["items"], start=1):
        assert item["position"] == position
        total = item["bias"] + sum(one["points"] for one in item["contributions"])
        assert total == pytest.approx(item["score"], abs=1e-2)
        assert item["other"]["sector"] != item["actor"]["sector"]
        assert item["reasons"]
    plain = held.get(f"/v1/actors/{asker}/matches", params={"explain": False}).json()["items"]
    assert set(plain[0]) == {"actor", "other", "score", "position"}


def test_filters_are_obeyed(held, asker):
    best = held.get(f"/v1/actors/{asker}/matches").json()["items"][0]
    without = held.get(f"/v1/actors/{asker}/matches", params={"exclude": best["other"]["id"]}).json()
    assert best["other"]["id"] not in [item["other"]["id"] for item in without["items"]]
    floor = best["score"] - 0.01
    strong = held.get(f"/v1/actors/{asker}/matches", params={"min_score": floor}).json()["items"]
    assert all(item["score"] >= floor for item in strong)
    assert held.get(f"/v1/actors/{asker}/matches", params={"sector": "sport"}).status_code == 422
    assert held.get(f"/v1/actors/{asker}/matches", params={"couleur": "bleu"}).status_code == 422
    assert held.get("/v1/actors/nobody/matches").status_code == 404


def test_several_at_once_are_what_each_is_alone(held, asker):
    other = held.get("/v1/actors").json()["items"][1]["id"]
    both = held.post("/v1/matches:batch", json={"actor_ids": [asker, other], "limit": 3}).json()
    for actor_id in (asker, other):
        alone = held.get(f"/v1/actors/{actor_id}/matches", params={"limit": 3}).json()["items"]
        assert both[actor_id]["items"] == alone


def test_a_list_is_kept_with_its_features_and_what_was_clicked(held, asker):
    served = held.get(f"/v1/actors/{asker}/matches").json()
    top = served["items"][0]
    event = {
        "list_id": served["list_id"],
        "actor_id": top["other"]["id"],
        "position": 1,
        "kind": "click",
    }
    assert held.post("/v1/events", json={"events": [event]}).json() == {"kept": 1}
    assert held.post("/v1/events", json={"events": [event | {"position": 9}]}).status_code == 404
    serving = held.app.state.tenants.of("default").holdings.serving
    [kept] = [one for one in serving.lists() if one.id == served["list_id"]]
    assert (kept.model, kept.encoder) == (served["model"], served["encoder"])
    features = {one["feature"]: one["value"] for one in top["contributions"]}
    assert kept.items[0].features == pytest.approx(features, abs=1e-5)
    assert [one.kind for one in serving.interactions()] == ["click"]


def test_a_pair_tells_why_and_why_not(held):
    actors = held.get("/v1/actors").json()["items"]
    alike = [a["id"] for a in actors if a["sector"] == actors[0]["sector"]][:2]
    view = held.get(f"/v1/pairs/{alike[0]}/{alike[1]}").json()
    assert view["excluded_by"] == ["same_sector"]
    assert view["match"]["actor"]["id"] == alike[0]
    held.patch(f"/v1/actors/{alike[1]}", json={"status": "draft", "capacity": 0, "expires": "2020-01-01"})
    view = held.get(f"/v1/pairs/{alike[0]}/{alike[1]}").json()
    assert view["excluded_by"] == ["same_sector", "draft", "full", "expired"]
    assert held.get(f"/v1/pairs/{alike[0]}/{alike[0]}").status_code == 422


def test_an_alliance_is_reached_step_by_step(held, proposal):
    assert proposal["state"] == "suggested"
    assert step(held, proposal, "introduce").status_code == 409
    for action, said in (
        ("review", {"minutes": 5, "activity": "connaissance", "note": "prometteur"}),
        ("introduce", {"minutes": 20, "activity": "mise_en_relation"}),
        ("meet", {}),
        ("ally", {"type": "mecenat"}),
    ):
        answer = step(held, proposal, action, by="zoe", **said)
        assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "alliance"
    assert [one["action"] for one in answer.json()["steps"]] == ["review", "introduce", "meet", "ally"]
    a, b = proposal["actors"]
    assert held.get(f"/v1/pairs/{a}/{b}").json()["excluded_by"] == ["allied"]
    [alliance] = held.get("/v1/alliances", params={"member": a}).json()["items"]
    assert (alliance["type"], alliance["introduced_by"]) == ("mecenat", "zoe")


def test_a_decision_needs_its_codes_and_the_revision_that_was_read(held, proposal):
    assert step(held, proposal, "decline").status_code == 422
    assert step(held, proposal, "decline", reason="trop loin").status_code == 422
    assert step(held, proposal, "review", activity="sieste").status_code == 422
    assert step(held, proposal, "review", headers={"If-Match": '"7"'}).status_code == 409
    assert step(held, proposal, "review", headers={"If-Match": "x"}).status_code == 412
    assert step(held, proposal, "decline", reason="too_far", headers={"If-Match": '"1"'}).status_code == 201
    assert held.get(f"/v1/proposals/{proposal['id']}").headers["etag"] == '"2"'


def test_only_one_catalyst_introduces_a_pair(held, proposal):
    step(held, proposal, "review", by="zoe")
    refused = step(held, proposal, "introduce", by="yan")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "zoe" in refused.json()["detail"]


def test_a_pair_that_was_declined_is_not_proposed_again(held, proposal):
    step(held, proposal, "decline", reason="competitors")
    again = held.post("/v1/proposals:generate", json={"limit": 200}).json()["items"]
    assert proposal["actors"] not in [one["actors"] for one in again]
    listed = held.get("/v1/proposals", params={"state": "declined"}).json()
    assert [one["id"] for one in listed["items"]] == [proposal["id"]]
    assert listed["counts"]["declined"] == 1


def test_changes_are_polled_from_where_one_stopped(held, proposal):
    told = held.get("/v1/changes", params={"kind": "proposal.created"}).json()
    assert proposal["id"] in [one["id"] for one in told["items"]]
    step(held, proposal, "review")
    [change] = held.get("/v1/changes", params={"after": told["last"]}).json()["items"]
    assert (change["kind"], change["id"], change["state"]) == ("proposal.changed", proposal["id"], "reviewed")


def test_a_webhook_shows_its_secret_once_and_takes_no_other_address(held):
    made = held.post("/v1/webhooks", json={"url": "https://exemple.fr/h"})
    assert made.json()["secret"]
    [listed] = held.get("/v1/webhooks").json()
    assert listed["secret"] is None
    for url in ("ftp://exemple.fr", "http://exemple.fr", "https://", "https://[", "javascript:alert(1)"):
        assert held.post("/v1/webhooks", json={"url": url}).status_code == 422
    assert held.delete(f"/v1/webhooks/{listed['id']}").status_code == 204
    assert held.delete(f"/v1/webhooks/{listed['id']}").status_code == 404


def test_the_model_that_serves_is_named_with_its_card(held):
    model = held.get("/v1/models/serving").json()
    assert model["model"] == "day-one"
    assert model["features"]["need_met"] == 22.0
    assert "hand" in model["card"]


def routes_of_one(actor, proposal, alliance):
    """Every route that names something, with a body where it takes one."""
    return [
        ("GET", f"/v1/actors/{actor}", None),
        ("PATCH", f"/v1/actors/{actor}", {"name": "volé"}),
        ("DELETE", f"/v1/actors/{actor}", None),
        ("GET", f"/v1/actors/{actor}/contact", None),
        ("DELETE", f"/v1/actors/{actor}/contact", None),
        ("GET", f"/v1/actors/{actor}/matches", None),
        ("POST", "/v1/matches:batch", {"actor_ids": [actor]}),
        ("GET", f"/v1/pairs/{actor}/{proposal['actors'][1]}", None),
        ("GET", f"/v1/proposals/{proposal['id']}", None),
        ("POST", f"/v1/proposals/{proposal['id']}/steps", {"action": "review"}),
        ("GET", f"/v1/alliances/{alliance}", None),
        ("PATCH", f"/v1/alliances/{alliance}", {"title": "volé"}),
        ("DELETE", f"/v1/alliances/{alliance}", None),
    ]


def test_another_tenant_finds_counts_and_changes_nothing_of_ours(held, proposal, theirs):
    actor, other = proposal["actors"]
    body = {"members": [actor, other], "type": "mecenat", "started": "2026-05-01"}
    held.put("/v1/alliances/x", json=body)
    hook = held.post("/v1/webhooks", json={"url": "https://exemple.fr/h"}).json()["id"]
    served = held.get(f"/v1/actors/{actor}/matches").json()
    before = held.get("/v1/changes", params={"limit": 1000}).json()
    for method, path, body in routes_of_one(actor, proposal, "x"):
        answer = held.request(method, path, json=body, headers=theirs)
        assert answer.status_code == 404, (method, path)
    lists = [
        held.get("/v1/actors", headers=theirs).json()["items"],
        held.get("/v1/alliances", headers=theirs).json()["items"],
        held.get("/v1/proposals", headers=theirs).json()["items"],
        held.get("/v1/changes", headers=theirs).json()["items"],
        held.get("/v1/webhooks", headers=theirs).json(),
        held.post("/v1/matches:search", json={"text": "local"}, headers=theirs).json()["items"],
        held.post("/v1/proposals:generate", json={}, headers=theirs).json()["items"],
    ]
    assert lists == [[]] * len(lists)
    assert set(held.get("/v1/proposals", headers=theirs).json()["counts"].values()) == {0}
    assert held.delete(f"/v1/webhooks/{hook}", headers=theirs).status_code == 404
    event = {"list_id": served["list_id"], "actor_id": served["items"][0]["other"]["id"], "position": 1}
    stolen = held.post("/v1/events", json={"events": [event | {"kind": "click"}]}, headers=theirs)
    assert stolen.status_code == 404
    joined = {"members": [actor, other], "type": "mecenat", "started": "2026-05-01"}
    assert held.put("/v1/alliances/y", json=joined, headers=theirs).status_code == 422
    assert held.get("/v1/changes", params={"limit": 1000}).json() == before


def test_reviewing_needs_its_scope(held, proposal):
    writer = held.key(Scope.WRITE)
    assert step(held, proposal, "review", headers=writer).status_code == 403
    assert step(held, proposal, "review", headers=held.key(Scope.REVIEW)).status_code == 201
