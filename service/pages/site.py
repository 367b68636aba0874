"""What belongs to no page in particular: the first address, the language, the accessibility statement."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from matcher.settings import Mode
from matcher.taxonomy import Lang
from service.pages.language import LANG_COOKIE
from service.pages.rendering import page
from service.pages.visitor import HOME, visitor_or_none, way_back
from service.security import tenants_of

A_YEAR = 365 * 24 * 3600
router = APIRouter(include_in_schema=False)


@router.get("/")
def first() -> Response:
    """The queue, or signing in."""
    return RedirectResponse(HOME, 303)


@router.get("/langue")
def choose_language(
    request: Request, vers: Lang, suite: Annotated[str, Query(max_length=2_000)] = HOME
) -> Response:
    """Remember a language in this browser, and go back to the page."""
    answer = RedirectResponse(way_back(suite), 303)
    secure = tenants_of(request).settings.mode is Mode.PRODUCTION
    answer.set_cookie(LANG_COOKIE, vers.value, A_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/accessibilite")
def accessibility(request: Request) -> Response:
    """What was and was not checked."""
    visitor_or_none(request)
    return page(request, "accessibilite.html")
