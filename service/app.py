"""The application; importing this module does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from threading import Thread
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from matcher.assembly import make_uploads
from matcher.errors import InputError
from matcher.settings import Mode, Settings, load_settings
from service.delivery import Courier
from service.description import describe
from service.edge import HEADERS, PRODUCTION_HEADERS, Counters, Edge
from service.import_work import keep_swept
from service.logs import log_as_lines
from service.openid import OpenId, openid_config
from service.pages import (
    actor_form,
    actor_import,
    actor_profile,
    actor_search,
    failures,
    follow_up,
    followed_pair,
    handover,
    hours,
    introduction,
    openid,
    pair,
    queue,
    queue_actions,
    signin,
    site,
)
from service.pages.static import static_files
from service.problems import MEDIA_TYPE, install
from service.reach import make_reach
from service.routes import actors, alliances, events, health, matches, models, proposals, report
from service.schemas import Problem
from service.sealing import make_sealer
from service.searches import Searches
from service.security import RateLimit
from service.tenants import Tenants

PAGES = (
    site,
    signin,
    openid,
    introduction,
    follow_up,
    followed_pair,
    handover,
    hours,
    queue,
    queue_actions,
    pair,
    actor_search,
    actor_import,
    actor_form,
    actor_profile,
)
ROUTERS = (actors, alliances, matches, proposals, events, report, models)
_PROBLEMS = {400, 401, 403, 404, 408, 409, 412, 413, 422, 429, 503}
_DESCRIPTION = """
Maillon proposes alliances between the organisations of a territory: each one's needs meet another's
skills, across sectors. It explains; people decide. Send a key as `Authorization: Bearer KEY`.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service on the workspace that the settings name (from the environment when None).

    InputError in production mode when a setting that production needs is left at its default.
    """
    settings = settings or load_settings()
    check_mode(settings)
    agreed = openid_config(settings)
    app = FastAPI(
        title="Maillon",
        version=version("maillon"),
        summary="Explained alliance proposals",
        description=_DESCRIPTION,
        lifespan=_lifespan,
    )
    counters = Counters()
    app.state.tenants = Tenants(settings)
    app.state.rate_limit = RateLimit(settings.rate_limit)
    app.state.counters = counters
    app.state.searches = Searches()
    app.state.uploads = make_uploads(settings)
    app.state.sealer = make_sealer(settings)
    app.state.reach = make_reach(settings)
    app.state.openid = None if agreed is None else OpenId(agreed)
    install(app, failures)
    headers = PRODUCTION_HEADERS if settings.mode is Mode.PRODUCTION else HEADERS
    app.add_middleware(Edge, body_limit=settings.body_limit, counters=counters, headers=headers)
    app.include_router(health.router)
    _include_pages(app)
    responses: dict[int | str, dict[str, Any]] = {
        code: {"model": Problem, "content": {MEDIA_TYPE: {}}} for code in _PROBLEMS
    }
    for module in ROUTERS:
        app.include_router(module.router, responses=dict(responses))
    describe(app)
    return app


def _include_pages(app: FastAPI) -> None:
    """Pages for people, and what their menu may show."""
    app.mount("/static", static_files(), "static")
    for module in PAGES:
        app.include_router(module.router)
    app.state.pages = frozenset(
        route.path for module in PAGES for route in module.router.routes if isinstance(route, APIRoute)
    )


def check_mode(settings: Settings) -> None:
    """Refuse to start in production on what is only fit for a first try."""
    if settings.mode is Mode.PRODUCTION and "workspace" not in settings.model_fields_set:
        raise InputError(
            "MAILLON_WORKSPACE",
            settings.workspace,
            "production needs an address of its own; set it to postgresql://… or to a file that is backed up",
        )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Warm up, send changes to webhooks while the service runs, and let go of everything when it ends."""
    log_as_lines()
    Thread(target=app.state.tenants.warm, name="warm-up", daemon=True).start()
    courier = Courier(app.state.tenants, app.state.sealer, app.state.reach)
    courier.start()
    sweeping = asyncio.create_task(keep_swept(app.state.uploads))
    try:
        yield
    finally:
        sweeping.cancel()
        courier.stop()
        app.state.tenants.close()
        if app.state.openid is not None:
            app.state.openid.close()
