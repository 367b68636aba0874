"""Sessions of people who sign in, whichever way: kept on the server, named by a cookie."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fastapi import Request, Response

from matcher.access import Person, Session, digest_of, new_secret
from matcher.settings import Mode
from service.security import tenants_of

COOKIE = "maillon_session"
HOURS = 10


def open_session(
    request: Request, answer: Response, person: Person, data: Mapping[str, str] | None = None
) -> None:
    """A new session, whatever cookie the browser brought; the one that it had ends."""
    access = tenants_of(request).backend.access
    old = request.cookies.get(COOKIE)
    if old:
        access.end_session(digest_of(old))
    secret, expires = new_secret(), datetime.now(UTC) + timedelta(hours=HOURS)
    csrf = secrets.token_urlsafe(32)
    access.put_session(Session(digest_of(secret), person.tenant, person.id, csrf, expires, data or {}))
    set_cookie(request, answer, COOKIE, secret)


def set_cookie(request: Request, answer: Response, name: str, value: str) -> None:
    """A cookie that scripts and other sites do not get; in production it goes over https alone."""
    production = tenants_of(request).settings.mode is Mode.PRODUCTION
    answer.set_cookie(name, value, httponly=True, samesite="lax", secure=production)
