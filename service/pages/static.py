"""Style, script and icon: served from our own host, compressed, and kept by browsers for a year."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

DIRECTORY = Path(__file__).parents[1] / "static"
KEPT = "public, max-age=31536000, immutable"


class KeptFiles(StaticFiles):
    """Files whose address changes with their content, so that a browser need never ask again."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """The file."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = KEPT if b"v=" in scope["query_string"] else "no-cache"
        return answer


def static_files() -> ASGIApp:
    """What is mounted at /static."""
    return GZipMiddleware(KeptFiles(directory=DIRECTORY), minimum_size=500)


@cache
def address_of(name: str) -> str:
    """The address of a static file, which names its content."""
    content = (DIRECTORY / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
