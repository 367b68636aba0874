"""Whether the service lives, whether it can answer, and what it counts."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from matcher.access import DEFAULT_TENANT
from matcher.errors import EncoderError, ModelError, WorkspaceError
from service.tenants import Tenants

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of the service; `reason` says what is missing when it is not ready."""

    status: Literal["live", "ready", "unavailable"]
    reason: str | None = None


@router.get("/health/live")
def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/health/ready", responses={status.HTTP_503_SERVICE_UNAVAILABLE: {"model": Health}})
def ready(request: Request, response: Response) -> Health:
    """The store answers, the model is loaded and the index is built; 503 with the reason otherwise."""
    tenants: Tenants = request.app.state.tenants
    if tenants.warming:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return Health(
            status="unavailable", reason="the model is being loaded and the index built; ask again soon"
        )
    try:
        tenants.backend.ping()
        tenants.check_encoder()
        tenants.of(DEFAULT_TENANT).workspace.recent()
    except (WorkspaceError, EncoderError, ModelError) as error:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return Health(status="unavailable", reason=str(error))
    return Health(status="ready")


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Counters for Prometheus; keep this address inside your network."""
    return Response(generate_latest(request.app.state.counters.registry), media_type=CONTENT_TYPE_LATEST)
