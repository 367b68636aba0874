"""What every request passes: its id, limits, security headers, one line of log, and counters."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Mapping
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
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PRODUCTION_HEADERS = HEADERS | {"strict-transport-security": "max-age=31536000"}
BODY_SECONDS = 120.0
"""How long a request's body may take to arrive whole."""
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

    def __init__(
        self, app: ASGIApp, body_limit: int, counters: Counters, headers: Mapping[str, str] = HEADERS
    ) -> None:
        self._app = app
        self._body_limit = body_limit
        self._counters = counters
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = _request_id(scope)
        answered: dict[str, Any] = {"status": 500, "refused": None}
        if _declared(scope) > self._body_limit:
            answered["refused"] = self._too_large()

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                self._close_doors(message, scope["path"], request_id)
            await send(message)

        try:
            await self._answer(scope, receive, say, answered)
        finally:
            self._note(scope, answered["status"], perf_counter() - started, request_id)

    async def _answer(self, scope: Scope, receive: Receive, say: Send, answered: dict[str, Any]) -> None:
        """The application's answer, or the refusal of a request that is too large or too slow."""

        async def say_unless_refused(message: Message) -> None:
            if answered["refused"] is None:
                await say(message)

        if answered["refused"] is None:
            await self._app(scope, self._counted(receive, answered), say_unless_refused)
        if answered["refused"] is not None:
            told = problem(Request(scope), *answered["refused"], headers={"Connection": "close"})
            await told(scope, receive, say)

    def _close_doors(self, message: Message, path: str, request_id: str) -> None:
        """Add the headers that an answer does not have of its own."""
        held = {name.lower() for name, _ in message["headers"]}
        extra = dict(self._headers) | {REQUEST_ID: request_id}
        if path in DOCUMENTATION:
            del extra["content-security-policy"]
        message["headers"] = list(message["headers"]) + [
            (name.encode(), value.encode()) for name, value in extra.items() if name.encode() not in held
        ]

    def _counted(self, receive: Receive, answered: dict[str, Any]) -> Receive:
        """Reads a body up to the limits; past them the request ends as if the caller had gone."""
        total, whole = 0, False
        until = asyncio.get_running_loop().time() + BODY_SECONDS

        async def read() -> Message:
            nonlocal total, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                detail = f"the body did not arrive within {BODY_SECONDS:g} s; send it faster or in parts"
                answered["refused"] = (408, "too_slow", detail)
                return {"type": "http.disconnect"}
            total += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if total > self._body_limit:
                answered["refused"] = self._too_large()
                return {"type": "http.disconnect"}
            return message

        return read

    def _too_large(self) -> tuple[int, str, str]:
        return 413, "too_large", f"a request holds at most {self._body_limit} bytes; send it in parts"

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
