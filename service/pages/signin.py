"""Signing in and out with a local account; the session is kept on the server."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from typing import Annotated

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import DEFAULT_TENANT, Person
from service.openid import OpenId
from service.pages.language import mark, speech_of
from service.pages.rendering import page
from service.pages.sessions import COOKIE, open_session, set_cookie
from service.pages.visitor import HOME, Form, VisitorOf, check_csrf, visitor_or_none, way_back
from service.problems import ProblemError
from service.security import tenants_of

FORM_COOKIE = "maillon_form"
WRONG = mark("Nom, espace ou mot de passe incorrect.")
router = APIRouter(include_in_schema=False)
_hasher = PasswordHasher()


@router.get("/connexion")
def show_sign_in(request: Request, suite: Annotated[str, Query(max_length=2_000)] = HOME) -> Response:
    """The form; somebody who is signed in goes on."""
    if visitor_or_none(request) is not None:
        return RedirectResponse(way_back(suite), 303)
    return form_page(request, 200, form={"suite": suite})


@router.post("/connexion")
def sign_in(request: Request, form: Form) -> Response:
    """A new session for a good password, else the form again."""
    check_csrf(request.cookies.get(FORM_COOKIE, ""), form)
    tenant, name = form.get("espace", DEFAULT_TENANT), form.get("nom", "")
    wait = request.app.state.rate_limit.wait(f"sign-in {tenant} {name}"[:300])
    if wait:
        raise ProblemError(429, "too_many", "try again in a moment", {"Retry-After": str(int(wait) + 1)})
    access = tenants_of(request).backend.access
    person = access.person(tenant, name)
    if not _opens(person, form.get("mot_de_passe", "")) or person is None:
        return form_page(request, 401, speech_of(request).gettext(WRONG), form)
    answer = RedirectResponse(way_back(form.get("suite", HOME)), 303)
    open_session(request, answer, person)
    return answer


@router.post("/deconnexion")
def sign_out(request: Request, form: Form, visitor: VisitorOf) -> Response:
    """Forget the session, and show the way to sign out of the issuer too when that is where it began."""
    check_csrf(visitor.session.csrf, form)
    tenants_of(request).backend.access.end_session(visitor.session.digest)
    openid: OpenId | None = request.app.state.openid
    id_token = visitor.session.data.get("id_token")
    end = openid.leave(id_token) if openid is not None and id_token else None
    answer: Response = RedirectResponse("/connexion", 303)
    if end is not None:
        # A redirect to another host after a form is stopped by form-action 'self'; a refresh is not.
        request.state.visitor = None
        answer = page(request, "deconnexion.html", end=end, issuer=tenants_of(request).settings.oidc_name)
        answer.headers["refresh"] = f"0; url={end}"
    answer.delete_cookie(COOKIE)
    return answer


@cache
def _decoy() -> str:
    """A hash to check when nobody has the name, so that the answer takes as long."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _opens(person: Person | None, password: str) -> bool:
    held = None if person is None or not person.active else person.password
    try:
        _hasher.verify(held or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return held is not None


def form_page(
    request: Request, status: int, error: str = "", form: Mapping[str, str] | None = None
) -> Response:
    """The sign-in page; `error` is why somebody sees it again, `form` what they had typed."""
    form = form or {}
    token = secrets.token_urlsafe(32)
    tenants = tenants_of(request)
    answer = page(
        request,
        "connexion.html",
        status,
        csrf=token,
        error=error,
        nom=form.get("nom", ""),
        espace=form.get("espace", DEFAULT_TENANT),
        one_tenant=len(tenants.backend.tenants()) == 1,
        suite=way_back(form.get("suite", HOME)),
        issuer=None if request.app.state.openid is None else tenants.settings.oidc_name,
    )
    set_cookie(request, answer, FORM_COOKIE, token)
    return answer
