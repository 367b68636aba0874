"""A write that names an `Idempotency-Key` is done once; sent again, it gets the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from matcher.backend import KeptReply
from service.problems import ProblemError
from service.sealing import Sealer, SealError
from service.security import caller_of, tenants_of

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 200
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_SERVER_ERROR = 500

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OnceRoute(APIRoute):
    """A route whose writes may name an idempotency key."""

    def get_route_handler(self) -> Handler:
        """The handler, behind the memory of earlier answers."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(KEY_HEADER)
            if key is None or request.method not in _WRITES:
                return await handle(request)
            if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
                raise ProblemError(422, "invalid", f"{KEY_HEADER}: 1 to {LONGEST_KEY} printable characters")
            return await _answered_once(request, key, handle)

        return once


async def _answered_once(request: Request, key: str, handle: Handler) -> Response:
    caller = await run_in_threadpool(caller_of, request)
    request.state.caller = caller
    holdings = (await run_in_threadpool(tenants_of(request).of, caller.tenant)).holdings
    asked = f"{caller.key_id}\n{request.method}\n{request.url.path}?{request.url.query}\n".encode()
    fingerprint = hashlib.sha256(asked + await request.body()).hexdigest()
    kept = await run_in_threadpool(holdings.replies.get, key, datetime.now(UTC))
    if kept is not None:
        return _again(kept, fingerprint, request.app.state.sealer)
    response = await handle(request)
    if response.status_code < _SERVER_ERROR:
        body = request.app.state.sealer.seal(bytes(response.body).decode("utf-8"))
        reply = KeptReply(key, fingerprint, response.status_code, body, datetime.now(UTC))
        await run_in_threadpool(holdings.replies.put, reply)
    return response


def _again(kept: KeptReply, fingerprint: str, sealer: Sealer) -> Response:
    if kept.fingerprint != fingerprint:
        raise ProblemError(422, "invalid", f"{KEY_HEADER} was used for another request; take a new one")
    try:
        body = sealer.open(kept.body)
    except SealError as error:
        raise ProblemError(
            503, "unavailable", f"the answer given to this {KEY_HEADER} was {error}"
        ) from error
    headers = {"Idempotent-Replayed": "true"}
    return Response(body or None, kept.status, headers, "application/json" if body else None)
