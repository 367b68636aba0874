"""Signing in and out with a local account; the session is kept on the server."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated
from urllib.parse import parse_qs

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import DEFAULT_TENANT, Person, Scope, Session, allows, digest_of, new_secret
from matcher.importing import check_text
from matcher.settings import Mode
from service.pages.rendering import page
from service.problems import ProblemError
from service.security import tenants_of

COOKIE = "maillon_session"
FORM_COOKIE = "maillon_form"
HOURS = 10
WRONG = "Nom, espace ou mot de passe incorrect."
router = APIRouter(include_in_schema=False)
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    person: Person
    session: Session


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the last value of each."""
    text = (await request.body()).decode("utf-8", "replace")
    form = {name: values[-1] for name, values in parse_qs(text).items()}
    for name, value in form.items():
        check_text(name[:50], value)
    return form


Form = Annotated[dict[str, str], Depends(read_form)]


def visitor_or_none(request: Request) -> Visitor | None:
    """Who is signed in, if anybody."""
    access = tenants_of(request).backend.access
    cookie = request.cookies.get(COOKIE, "")
    session = access.session(digest_of(cookie)) if cookie else None
    if session is None or session.expires <= datetime.now(UTC):
        return None
    person = access.person(session.tenant, session.person)
    return Visitor(person, session) if person is not None and person.active else None


def _visitor(request: Request) -> Visitor:
    found = visitor_or_none(request)
    if found is None:
        raise ProblemError(303, "unauthenticated", "sign in at /connexion", {"Location": "/connexion"})
    if not allows(found.person.scopes, Scope.REVIEW):
        raise ProblemError(403, "forbidden", "this account lacks the scope review")
    return found


VisitorOf = Annotated[Visitor, Depends(_visitor)]


def check_csrf(expected: str, form: dict[str, str]) -> None:
    """ProblemError 403 unless a form carries the token that it was given."""
    if not expected or not secrets.compare_digest(expected.encode(), form.get("csrf", "").encode()):
        raise ProblemError(403, "forbidden", "the form is too old or not ours; load the page again")


@router.get("/connexion")
def show_sign_in(request: Request) -> Response:
    """The form."""
    return _form(request, 200)


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
        return _form(request, 401, WRONG)
    old = request.cookies.get(COOKIE)
    if old:
        access.end_session(digest_of(old))
    secret = new_secret()
    expires = datetime.now(UTC) + timedelta(hours=HOURS)
    access.put_session(Session(digest_of(secret), tenant, person.id, secrets.token_urlsafe(32), expires, {}))
    answer = RedirectResponse("/a-examiner", 303)
    _set(request, answer, COOKIE, secret)
    return answer


@router.post("/deconnexion")
def sign_out(request: Request, form: Form, visitor: VisitorOf) -> Response:
    """Forget the session."""
    check_csrf(visitor.session.csrf, form)
    tenants_of(request).backend.access.end_session(visitor.session.digest)
    answer = RedirectResponse("/connexion", 303)
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


def _form(request: Request, status: int, error: str = "") -> Response:
    token = secrets.token_urlsafe(32)
    answer = page("connexion.html", status, csrf=token, error=error, espace=DEFAULT_TENANT)
    _set(request, answer, FORM_COOKIE, token)
    return answer


def _set(request: Request, answer: Response, name: str, value: str) -> None:
    production = tenants_of(request).settings.mode is Mode.PRODUCTION
    answer.set_cookie(name, value, httponly=True, samesite="lax", secure=production)
