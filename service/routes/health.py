"""Whether the service lives, and whether it can answer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel

from matcher.assembly import open_store
from matcher.errors import WorkspaceError

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    """The state of the service; `reason` says what is missing when it is not ready."""

    status: Literal["live", "ready", "unavailable"]
    reason: str | None = None


@router.get("/live")
def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": Health}})
def ready(request: Request, response: Response) -> Health:
    """The store can be read; 503 when it cannot."""
    try:
        store = open_store(request.app.state.settings.workspace)
        try:
            store.version  # noqa: B018 (reading it is the check)
        finally:
            store.close()
    except WorkspaceError as error:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return Health(status="unavailable", reason=str(error))
    return Health(status="ready")
