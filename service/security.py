"""Who calls: an API key, its tenant, what it may do, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from matcher.access import Scope, allows, digest_of
from matcher.uploads import Uploads
from service.problems import ProblemError
from service.tenants import Tenant, Tenants

KEY_HEADER = "X-API-Key"
_MOST_BUCKETS = 10_000
bearer = HTTPBearer(auto_error=False, description="an API key made by `maillon keys add`")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for which tenant."""

    key_id: str
    tenant: str
    scopes: frozenset[Scope]


class RateLimit:
    """A token bucket a key: `per_minute` requests, which may all come at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = per_minute
        self._clock = clock
        self._lock = Lock()
        self._held: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Seconds until this key may call again; 0 when it may now, and then the call is counted."""
        if not self._most:
            return 0.0
        with self._lock:
            now = self._clock()
            tokens, since = self._held.pop(key, (float(self._most), now))
            tokens = min(self._most, tokens + (now - since) * self._most / 60)
            wait = 0.0 if tokens >= 1 else (1 - tokens) * 60 / self._most
            self._held[key] = (tokens - (wait == 0), now)
            if len(self._held) > _MOST_BUCKETS:
                self._held.pop(next(iter(self._held)))
            return wait


def tenants_of(request: Request) -> Tenants:
    """The workspaces of the application."""
    tenants: Tenants = request.app.state.tenants
    return tenants


def uploads_of(request: Request) -> Uploads:
    """Where the application keeps uploads."""
    uploads: Uploads = request.app.state.uploads
    return uploads


def caller_of(request: Request) -> Caller:
    """Who makes a request; ProblemError 401 without a good key, 429 when it calls too often."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    secret = token.strip() if scheme.lower() == "bearer" else request.headers.get(KEY_HEADER, "")
    key = tenants_of(request).backend.access.key_of_digest(digest_of(secret)) if secret else None
    if key is None or not key.holds_at(datetime.now(UTC)):
        detail = "send Authorization: Bearer KEY; `maillon keys add` makes one"
        raise ProblemError(401, "unauthenticated", detail, {"WWW-Authenticate": "Bearer"})
    wait = request.app.state.rate_limit.wait(key.id)
    if wait:
        raise ProblemError(
            429, "too_many", f"this key may call again in {wait:.1f} s", {"Retry-After": str(int(wait) + 1)}
        )
    return Caller(key.id, key.tenant, key.scopes)


def _caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Caller:
    """Who makes a request; a repeated question of the same request is answered from memory."""
    held: Caller | None = getattr(request.state, "caller", None)
    if held is None:
        held = caller_of(request)
        request.state.caller = held
    return held


def _allowed(wanted: Scope) -> Callable[[Request, Caller], Tenant]:
    def tenant(request: Request, caller: Annotated[Caller, Depends(_caller)]) -> Tenant:
        if not allows(caller.scopes, wanted):
            raise ProblemError(403, "forbidden", f"this key lacks the scope {wanted.value}")
        return tenants_of(request).of(caller.tenant)

    return tenant


UploadsOf = Annotated[Uploads, Depends(uploads_of)]
CallerOf = Annotated[Caller, Depends(_caller)]
ReadTenant = Annotated[Tenant, Depends(_allowed(Scope.READ))]
WriteTenant = Annotated[Tenant, Depends(_allowed(Scope.WRITE))]
ReviewTenant = Annotated[Tenant, Depends(_allowed(Scope.REVIEW))]
AdminTenant = Annotated[Tenant, Depends(_allowed(Scope.ADMIN))]
