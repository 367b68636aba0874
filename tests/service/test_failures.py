"""Failures: a page for browsers, a problem for programs."""

import pytest

from matcher.access import Person, Scope
from matcher.errors import ConflictError, WorkspaceError
from tests.service.visits import sign_in

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_an_unknown_address_is_a_page_for_browsers_and_a_problem_for_programs(client):
    page = client.get("/nulle-part", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Page introuvable" in page.text
    assert client.get("/nulle-part").headers["content-type"] == "application/problem+json"
    assert client.get("/v1/nulle-part", headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_the_menu_stays_on_a_failure_and_only_shows_pages_that_exist(pages):
    sign_in(pages)
    answer = pages.get("/paires/inconnue", headers=BROWSER)
    assert answer.status_code == 404
    assert 'href="/a-examiner"' in answer.text
    held = pages.app.state.pages
    for path in ("/suivi", "/acteurs", "/temps"):
        assert (f'href="{path}"' in answer.text) == (path in held)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (WorkspaceError("the database is away"), 503, "Maillon se prépare"),
        (ConflictError("changed"), 409, "Quelqu"),
        (RuntimeError("secret detail"), 500, "Une erreur est survenue"),
    ],
)
def test_each_failure_says_what_to_do_and_no_secret(client, error, status, told):
    def fail():
        raise error

    client.app.add_api_route("/panne", fail)
    answer = client.get("/panne", headers=BROWSER)
    assert answer.status_code == status
    assert told in answer.text
    assert "secret detail" not in answer.text


def test_an_account_that_may_not_review_is_told_so_on_a_page(pages):
    access = pages.app.state.tenants.backend.access
    held = access.person("default", "ana")
    sign_in(pages)
    access.put_person(Person("ana", "default", "Ana", frozenset({Scope.READ}), held.password))
    answer = pages.get("/a-examiner", headers=BROWSER)
    assert answer.status_code == 403
    assert "Accès refusé" in answer.text


def test_after_signing_in_the_page_that_was_asked_for_is_shown(pages):
    asked = pages.get("/paires/p1", headers=BROWSER)
    assert str(asked.url.path) == "/connexion"
    assert 'name="suite" value="/paires/p1"' in asked.text


def test_style_is_kept_by_browsers_and_compressed(client):
    address = client.get("/connexion").text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/../app.py").status_code == 404
