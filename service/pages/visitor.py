"""Who is signed in, and the forms that they post."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import Depends, Request

from matcher.access import Person, Scope, Session, allows, digest_of
from matcher.importing import check_text
from service.pages.sessions import COOKIE
from service.problems import ProblemError
from service.security import tenants_of

HOME = "/a-examiner"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    person: Person
    session: Session


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the last value of each."""
    return {name: values[-1] for name, values in (await read_lists(request)).items()}


async def read_lists(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form, every value of each."""
    lists = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    for name, values in lists.items():
        for value in values:
            check_text(name[:50], value)
    return lists


Form = Annotated[dict[str, str], Depends(read_form)]
Lists = Annotated[dict[str, list[str]], Depends(read_lists)]


def visitor_or_none(request: Request) -> Visitor | None:
    """Who is signed in, if anybody; the page shows it."""
    access = tenants_of(request).backend.access
    cookie = request.cookies.get(COOKIE, "")
    session = access.session(digest_of(cookie)) if cookie else None
    if session is None or session.expires <= datetime.now(UTC):
        return None
    person = access.person(session.tenant, session.person)
    if person is None or not person.active:
        return None
    request.state.visitor = Visitor(person, session)
    return Visitor(person, session)


def _visitor(request: Request) -> Visitor:
    found = visitor_or_none(request)
    if found is None:
        raise ProblemError(
            303, "unauthenticated", "sign in at /connexion", {"Location": sign_in_address(request)}
        )
    if not allows(found.person.scopes, Scope.REVIEW):
        raise ProblemError(403, "forbidden", "this account lacks the scope review")
    return found


VisitorOf = Annotated[Visitor, Depends(_visitor)]


def sign_in_address(request: Request) -> str:
    """Where to sign in, to come back to the page that was asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    asked = request.url.path + query
    if request.method != "GET" or asked in ("/", HOME):
        return "/connexion"
    return f"/connexion?suite={quote(asked, safe='/')}"


def way_back(address: str) -> str:
    """The address when it is one of our own pages, else the first page: never another host."""
    plain = all(" " < sign < "\x7f" and sign != "\\" for sign in address)
    ours = address.startswith("/") and not address.startswith("//") and plain
    return address if ours and len(address) < 2_000 else HOME


def check_csrf(expected: str, form: dict[str, str]) -> None:
    """ProblemError 403 unless a form carries the token that it was given."""
    if not expected or not secrets.compare_digest(expected.encode(), form.get("csrf", "").encode()):
        raise ProblemError(403, "forbidden", "the form is too old or not ours; load the page again")
