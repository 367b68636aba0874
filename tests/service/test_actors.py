"""The routes of actors and alliances."""

import pytest

from matcher.access import Scope

VELO = {
    "id": "velo",
    "name": "Roue libre",
    "sector": "interet_general",
    "register": "associatif",
    "needs": ["un local près de la gare"],
    "skills": ["réparer des vélos"],
    "contact_email": "velo@exemple.fr",
}


def test_an_actor_put_is_read_back_without_its_contact(client):
    answer = client.put("/v1/actors/velo", json=VELO)
    assert answer.status_code == 201
    read = client.get("/v1/actors/velo")
    assert read.json() == answer.json()
    assert read.json()["needs"] == VELO["needs"]
    assert "exemple.fr" not in read.text
    assert client.get("/v1/actors/velo/contact").json()["contact_email"] == "velo@exemple.fr"
    assert client.put("/v1/actors/velo", json=VELO).status_code == 200


def test_an_actor_put_is_found_by_the_next_search_and_a_deleted_one_by_none(client):
    asked = {"text": "réparer des vélos", "role": "need"}
    client.put("/v1/actors/velo", json=VELO)
    found = client.post("/v1/matches:search", json=asked).json()["items"]
    assert [hit["actor"]["id"] for hit in found] == ["velo"]
    assert client.delete("/v1/actors/velo").status_code == 204
    assert client.post("/v1/matches:search", json=asked).json()["items"] == []
    assert client.get("/v1/actors/velo").status_code == 404


def test_a_patch_changes_what_it_names_and_null_takes_away(client):
    client.put("/v1/actors/velo", json=VELO)
    answer = client.patch("/v1/actors/velo", json={"name": "Roue fixe", "needs": None})
    assert (answer.status_code, answer.json()["name"], answer.json()["needs"]) == (200, "Roue fixe", [])
    assert client.get("/v1/actors/velo/contact").json()["contact_email"] == "velo@exemple.fr"
    assert client.delete("/v1/actors/velo/contact").status_code == 204
    assert client.get("/v1/actors/velo/contact").json()["contact_email"] is None


def test_a_change_on_what_has_changed_since_is_refused(client):
    tag = client.put("/v1/actors/velo", json=VELO).headers["etag"]
    assert client.get("/v1/actors/velo", headers={"If-None-Match": tag}).status_code == 304
    newer = client.patch("/v1/actors/velo", json={"name": "Roue fixe"}, headers={"If-Match": tag})
    assert newer.status_code == 200
    late = client.patch("/v1/actors/velo", json={"name": "Roue carrée"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    assert client.delete("/v1/actors/velo", headers={"If-Match": tag}).status_code == 412
    assert client.get("/v1/actors/velo").json()["name"] == "Roue fixe"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sector": "sport"}, "sector"),
        ({"name": ""}, "name"),
        ({"name": "Mme Durand"}, "name"),
        ({"legal_form": "1000"}, "legal_form"),
        ({"lat": 95, "lon": 1}, "lat"),
        ({"needs": "un local"}, "needs"),
        ({"needs": ["nul\x00"]}, "needs"),
        ({"id": "autre"}, "id"),
        ({"couleur": "bleu"}, "couleur"),
        ({"updated": "hier"}, "updated"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_nothing_is_kept(client, changes, field):
    answer = client.put("/v1/actors/velo", json=VELO | changes)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(field)
    assert client.get("/v1/actors/velo").status_code == 404


def test_a_batch_takes_the_good_and_tells_of_the_bad(client):
    bad = VELO | {"id": "b", "sector": "sport"}
    answer = client.post("/v1/actors:batch", json={"actors": [VELO, bad, VELO | {"id": "c"}]}).json()
    assert answer["added"] == 2
    assert [item["status"] for item in answer["items"]] == ["accepted", "refused", "accepted"]
    assert answer["items"][1]["errors"][0]["field"] == "sector"
    too_many = client.post("/v1/actors:batch", json={"actors": [VELO] * 5_001})
    assert too_many.status_code == 422


def test_a_list_is_paged_without_gap_and_filtered(held):
    seen, cursor = [], None
    while True:
        page = held.get("/v1/actors", params={"limit": 7} | ({"cursor": cursor} if cursor else {})).json()
        seen += [actor["id"] for actor in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    whole = held.get("/v1/actors", params={"limit": 500}).json()["items"]
    assert seen == [actor["id"] for actor in whole]
    sectors = {a["sector"] for a in held.get("/v1/actors", params={"sector": "public"}).json()["items"]}
    assert sectors == {"public"}
    name = whole[3]["name"]
    assert whole[3] in held.get("/v1/actors", params={"q": name.upper()}).json()["items"]
    assert held.get("/v1/actors", params={"cursor": "é"}).status_code == 422


def test_an_alliance_is_put_with_its_outcome_and_erased(held):
    first, second = [actor["id"] for actor in held.get("/v1/actors").json()["items"][:2]]
    body = {"members": [first, second], "type": "mecenat", "started": "2026-05-01"}
    assert held.put("/v1/alliances/x", json=body).status_code == 201
    answer = held.patch("/v1/alliances/x", json={"outcome_confiance": 2})
    assert answer.json()["outcome_confiance"] == 2
    assert [a["id"] for a in held.get("/v1/alliances", params={"member": first}).json()["items"]] == ["x"]
    stranger = held.put("/v1/alliances/y", json=body | {"members": [first, "nobody"]})
    assert stranger.status_code == 422
    assert "nobody" in stranger.json()["detail"] or "cet acteur n'existe pas" in stranger.json()["detail"]
    assert held.delete("/v1/alliances/x").status_code == 204
    assert held.get("/v1/alliances/x").status_code == 404


def test_a_write_sent_twice_with_one_key_is_done_once(client):
    headers = {"Idempotency-Key": "k1"}
    first = client.put("/v1/actors/velo", json=VELO, headers=headers)
    client.delete("/v1/actors/velo/contact")
    again = client.put("/v1/actors/velo", json=VELO, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert client.get("/v1/actors/velo/contact").json()["contact_email"] is None
    other = client.put("/v1/actors/velo", json=VELO | {"name": "Autre"}, headers=headers)
    assert other.status_code == 422


def test_reading_is_not_writing(client):
    client.put("/v1/actors/velo", json=VELO)
    reader = client.key(Scope.READ)
    assert client.get("/v1/actors/velo", headers=reader).status_code == 200
    for call in (
        lambda: client.put("/v1/actors/velo", json=VELO, headers=reader),
        lambda: client.delete("/v1/actors/velo", headers=reader),
        lambda: client.get("/v1/actors/velo/contact", headers=reader),
        lambda: client.post("/v1/proposals:generate", json={}, headers=reader),
        lambda: client.get("/v1/webhooks", headers=reader),
    ):
        assert (call().status_code, call().json()["code"]) == (403, "forbidden")
