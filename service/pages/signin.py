"""Signing in and out with a local account; the session is kept on the server."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated
from urllib.parse import parse_qs

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from matcher.access import DEFAULT_TENANT, Person, Scope, Session, allows, digest_of
from matcher.importing import check_text
from service.openid import OpenId
from service.pages.rendering import page
from service.pages.sessions import COOKIE, open_session, set_cookie
from service.problems import ProblemError
from service.security import tenants_of

FORM_COOKIE = "maillon_form"
HOME = "/a-examiner"
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
    return form_page(request, 200)


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
        return form_page(request, 401, WRONG)
    answer = RedirectResponse(HOME, 303)
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
        answer = page("deconnexion.html", end=end, issuer=tenants_of(request).settings.oidc_name)
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


def form_page(request: Request, status: int, error: str = "") -> Response:
    """The sign-in page; `error` is why somebody sees it again."""
    token = secrets.token_urlsafe(32)
    issuer = None if request.app.state.openid is None else tenants_of(request).settings.oidc_name
    answer = page("connexion.html", status, csrf=token, error=error, espace=DEFAULT_TENANT, issuer=issuer)
    set_cookie(request, answer, FORM_COOKIE, token)
    return answer


def way_back(address: str) -> str:
    """The address when it is one of our own pages, else the first page: never another host."""
    plain = all(" " < sign < "\x7f" and sign != "\\" for sign in address)
    ours = address.startswith("/") and not address.startswith("//") and plain
    return address if ours and len(address) < 2_000 else HOME
