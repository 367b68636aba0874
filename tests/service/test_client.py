"""The Python client, against the service itself."""

import httpx
import pytest

from matcher.access import Scope
from service.client import Client, ServiceError


class Through(httpx.BaseTransport):
    """Hands a client's requests to an application in this process."""

    def __init__(self, app_client):
        self.app_client = app_client

    def handle_request(self, request):
        answer = self.app_client.request(
            request.method, str(request.url), content=request.read(), headers=dict(request.headers)
        )
        headers = {"content-type": answer.headers.get("content-type", "")}
        return httpx.Response(answer.status_code, content=answer.content, headers=headers)


@pytest.fixture
def platform(client):
    key = client.key(Scope.ADMIN)["Authorization"].removeprefix("Bearer ")
    with Client("http://testserver", key, transport=Through(client)) as opened:
        yield opened


def profile(actor_id, **changes):
    return {
        "id": actor_id, "name": f"Maison {actor_id}", "sector": "public", "register": "administratif",
        "needs": ["réparer des vélos"], "skills": ["une halle couverte"],
    } | changes  # fmt: skip


def test_actors_are_put_read_listed_and_deleted(platform):
    platform.put_actor(profile("a b é"), idempotency_key="one")
    told = platform.put_actors([profile("c"), profile("d", sector="nowhere")])
    assert (told["added"], [item["status"] for item in told["items"]]) == (1, ["accepted", "refused"])
    assert platform.actor("a b é")["name"] == "Maison a b é"
    assert [one["id"] for one in platform.actors(limit=1)] == ["a b é", "c"]
    platform.delete_actor("c")
    assert [one["id"] for one in platform.actors()] == ["a b é"]
    assert [one["kind"] for one in platform.changes()["items"]][-1] == "actor.deleted"


def test_matches_are_asked_for_and_what_was_clicked_is_told(platform):
    platform.put_actors(
        [
            profile("a"),
            profile("b", sector="interet_general", register="associatif", needs=["une halle couverte"],
                    skills=["réparer des vélos"]),
        ]
    )  # fmt: skip
    served = platform.matches("a", limit=1)
    assert served["items"][0]["other"]["id"] == "b"
    click = {"list_id": served["list_id"], "actor_id": "b", "position": 1, "kind": "click"}
    assert platform.events([click]) == 1
    assert platform.search("réparer des vélos")["items"][0]["actor"]["id"] == "b"


def test_a_refusal_says_its_status_its_code_and_the_fields_at_fault(platform):
    with pytest.raises(ServiceError) as refused:
        platform.put_actor(profile("a", sector="nowhere"))
    assert (refused.value.status, refused.value.code) == (422, "invalid")
    assert refused.value.errors[0]["field"] == "sector"
    with pytest.raises(ServiceError, match="404 not_found"):
        platform.actor("nobody")


def test_an_answer_that_is_no_problem_document_is_still_an_error_of_the_client():
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="<html>proxy</html>"))
    with (
        Client("http://testserver", "k", transport=transport) as opened,
        pytest.raises(ServiceError, match="proxy") as refused,
    ):
        opened.actor("a")
    assert (refused.value.status, refused.value.code) == (502, "unknown")
