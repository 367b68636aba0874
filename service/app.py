"""The application; importing this module does nothing."""

from __future__ import annotations

from fastapi import FastAPI

from matcher.settings import Settings, load_settings
from service.routes import health


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service on the workspace that the settings name (from the environment when None)."""
    app = FastAPI(title="Maillon", version="0.1.0", summary="Explained alliance proposals")
    app.state.settings = settings or load_settings()
    app.include_router(health.router)
    return app
