"""Pages: signing in, the queue, and deciding of a pair."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher

from matcher.access import Person, Scope
from matcher.proposals import Proposal, ProposalId, ProposalState

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PASSWORD = "un mot de passe long"  # noqa: S105 (of a made-up person)
EVIL = "<script>alert(1)</script>"


def brief(name, sector):
    return {"id": name, "name": EVIL, "sector": sector, "register": "x", "commune": EVIL}


def served():
    link = {"need": EVIL, "skill": EVIL}
    return {
        "actor": brief("a", "public"),
        "other": brief("b", "economique"),
        "score": 61.5,
        "bias": 60.0,
        "contributions": [{"feature": "x", "value": 1.0, "points": 1.5}],
        "needs_met": [link],
        "skills_wanted": [],
        "reasons": [{"kind": "x", "text": EVIL, "sources": []}],
    }


@pytest.fixture
def pages(client):
    client.headers.pop("authorization")
    backend = client.app.state.tenants.backend
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    scopes = frozenset({Scope.READ, Scope.REVIEW})
    backend.access.put_person(Person("ana", "default", "Ana", scopes, kept, territories=("46102",)))
    one = Proposal(
        ProposalId("p1"), "a", "b", 61.5, "m", "e", served(), NOW, NOW, places=("46102",), sectors=()
    )
    away = replace(one, id=ProposalId("p2"), a="c", b="d", places=("35236",))
    backend.holdings("default").proposals.add([one, away])
    backend.holdings("autre").proposals.add([replace(one, id=ProposalId("p3"))])
    return client


def token(answer):
    return re.search(r'name="csrf" value="([^"]+)"', answer.text)[1]


def sign_in(pages, password=PASSWORD):
    form = {"csrf": token(pages.get("/connexion")), "nom": "ana", "mot_de_passe": password}
    return pages.post("/connexion", data=form, follow_redirects=False)


def state(pages):
    return pages.app.state.tenants.backend.holdings("default").proposals.get(ProposalId("p1")).state


def test_a_visitor_who_is_not_signed_in_is_sent_to_the_form(pages):
    answer = pages.get("/a-examiner", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")


def test_a_wrong_password_opens_no_session(pages):
    assert sign_in(pages, "faux").status_code == 401
    assert "maillon_session" not in pages.cookies


def test_signing_in_gives_a_new_session_id_whatever_the_browser_brought(pages):
    pages.cookies.set("maillon_session", "chosen-by-somebody-else")
    cookie = sign_in(pages).headers["set-cookie"]
    assert "chosen-by-somebody-else" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_only_proposals_of_my_territory_and_tenant_are_seen(pages):
    sign_in(pages)
    assert "Reste : 1<" in pages.get("/a-examiner").text
    assert [pages.get(f"/paires/{one}").status_code for one in ("p1", "p2", "p3")] == [200, 404, 404]


def test_what_actors_wrote_is_escaped_and_no_script_may_run(pages):
    sign_in(pages)
    for path in ("/a-examiner", "/paires/p1"):
        answer = pages.get(path)
        assert EVIL not in answer.text
        assert "&lt;script&gt;" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_a_decision_without_the_token_is_refused(pages):
    sign_in(pages)
    assert pages.post("/paires/p1", data={"action": "review", "revision": "1"}).status_code == 403
    assert state(pages) is ProposalState.SUGGESTED


def test_a_pair_is_kept_and_a_second_decision_on_the_old_page_conflicts_without_losing_the_note(pages):
    sign_in(pages)
    form = {"csrf": token(pages.get("/paires/p1")), "action": "review", "revision": "1", "minutes": "5"}
    assert "État : retenue" in pages.post("/paires/p1", data=form).text
    again = pages.post("/paires/p1", data=form | {"action": "note", "note": "mot gardé"})
    assert again.status_code == 409
    assert "mot gardé</textarea>" in again.text


def test_declining_without_a_reason_is_refused(pages):
    sign_in(pages)
    form = {"csrf": token(pages.get("/paires/p1")), "action": "decline", "revision": "1"}
    assert pages.post("/paires/p1", data=form).status_code == 422
    assert state(pages) is ProposalState.SUGGESTED
