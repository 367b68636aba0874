"""Pages: signing in, the queue, and deciding of a pair."""

from matcher.proposals import ProposalId, ProposalState
from tests.service.visits import EVIL, sign_in, token


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
    assert "<strong>1</strong> paire reste" in pages.get("/a-examiner").text
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
    assert "Paire retenue." in pages.post("/paires/p1", data=form).text
    again = pages.post("/paires/p1", data=form | {"action": "note", "note": "mot gardé"})
    assert again.status_code == 409
    assert "mot gardé</textarea>" in again.text


def test_declining_without_a_reason_is_refused(pages):
    sign_in(pages)
    form = {"csrf": token(pages.get("/paires/p1")), "action": "decline", "revision": "1"}
    assert pages.post("/paires/p1", data=form).status_code == 422
    assert state(pages) is ProposalState.SUGGESTED
