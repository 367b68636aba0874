"""What every request passes: its id, limits, security headers, one line of log, and counters."""

from __future__ import annotations

import logging
import re
import secrets
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import problem

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
DOCUMENTATION = ("/docs", "/redoc")
REQUEST_ID = "x-request-id"
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = logging.getLogger("maillon.requests")


class Counters:
    """What /metrics tells, of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("maillon_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "maillon_request_seconds", "Seconds to answer", ("method", "route"), registry=self.registry
        )


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, body_limit: int, counters: Counters) -> None:
        self._app = app
        self._body_limit = body_limit
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = _request_id(scope)
        answered: dict[str, Any] = {"status": 500, "too_large": _declared(scope) > self._body_limit}

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                held = {name.lower() for name, _ in message["headers"]}
                extra = {} if scope["path"] in DOCUMENTATION else dict(HEADERS)
                extra[REQUEST_ID] = request_id
                message["headers"] = list(message["headers"]) + [
                    (name.encode(), value.encode())
                    for name, value in extra.items()
                    if name.encode() not in held
                ]
            await send(message)

        async def say_unless_refused(message: Message) -> None:
            if not answered["too_large"]:
                await say(message)

        try:
            if not answered["too_large"]:
                await self._app(scope, self._counted(receive, answered), say_unless_refused)
            if answered["too_large"]:
                await _refuse(scope, receive, say, self._body_limit)
        finally:
            self._note(scope, answered["status"], perf_counter() - started, request_id)

    def _counted(self, receive: Receive, answered: dict[str, Any]) -> Receive:
        """Reads a body up to the limit; past it the request ends as if the caller had gone."""
        total = 0

        async def read() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._body_limit:
                answered["too_large"] = True
                return {"type": "http.disconnect"}
            return message

        return read

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """One line and two counters; the route's pattern stands for its path, which may hold an id."""
        route = getattr(scope.get("route"), "path", "none")
        self._counters.requests.labels(scope["method"], route, str(status)).inc()
        self._counters.seconds.labels(scope["method"], route).observe(seconds)
        line = {
            "request": request_id,
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1_000, 1),
        }
        log.info("%s %s", scope["method"], route, extra={"facts": line})


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(REQUEST_ID.encode(), b"").decode("latin-1")
    return given if _GOOD_ID.fullmatch(given) else secrets.token_hex(8)


def _declared(scope: Scope) -> int:
    text = dict(scope["headers"]).get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


async def _refuse(scope: Scope, receive: Receive, say: Send, limit: int) -> None:
    detail = f"a request holds at most {limit} bytes; send it in parts"
    told = problem(Request(scope), 413, "too_large", detail, headers={"Connection": "close"})
    await told(scope, receive, say)
